import {html, LitElement, nothing, type TemplateResult} from 'lit';
import type {CacheKey, ListKey, Moment, Source} from '../engine/protocol.ts';
import {actionOf, type KeyAction} from '../page/keyboard.ts';
import {kNewestProfile, sourceTitle} from '../page/sources.ts';
import type {Store, StoreState} from '../page/store.ts';
import type {ThemeChoice} from '../page/theme.ts';
import {count} from '../render/format.ts';
import './block_list_element.ts';
import './buddy_element.ts';
import './console_element.ts';
import './decision_path_element.ts';
import './details_element.ts';
import './frame_map_element.ts';
import type {FrameMapElement} from './frame_map_element.ts';
import {icons} from './icons.ts';
import './legend_element.ts';
import './lens_element.ts';
import './pcp_element.ts';
import {closeUpOf, type Models, modelsOf} from './playground_models.ts';
import {playgroundStyles} from './playground_styles.ts';
import './proc_element.ts';
import {controlStyles, panelStyles} from './shared_styles.ts';
import './story_element.ts';
import './timeline_element.ts';
import type {TimelineAction} from './timeline_element.ts';
import './zones_element.ts';

interface Dialog extends LitElement {
  show(): void;
}

/** Dialogs are loaded when they are first asked for: they are no part of the first picture. */
const kDialogs = {
  'kmem-goto-dialog': () => import('./goto_dialog_element.ts'),
  'kmem-help-dialog': () => import('./help_dialog_element.ts'),
  'kmem-machine-dialog': () => import('./machine_dialog_element.ts'),
} as const;

/**
 * The whole playground: composes the views and turns their events into wishes to the store.
 * @element kmem-playground
 * @slot - what is seen until the first machine is there
 */
export class PlaygroundElement extends LitElement {
  static override properties = {store: {attribute: false}, dropping: {state: true}};
  declare store: Store | null;
  declare dropping: boolean;
  theme: ThemeChoice | null = null;

  static override styles = [panelStyles, controlStyles, playgroundStyles];

  #seen: {selection: number | null; step: number} = {selection: null, step: 0};
  #preferSelection = false;

  readonly #key = (event: KeyboardEvent) => {
    const action = actionOf(event);
    if (action === null || !this.store?.state.moment) return;
    event.preventDefault();
    this.#act(action);
  };

  constructor() {
    super();
    this.store = null;
    this.dropping = false;
    this.#listen();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener('keydown', this.#key);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener('keydown', this.#key);
  }

  override firstUpdated(): void {
    this.store?.addEventListener('change', () => this.requestUpdate());
    this.theme?.addEventListener('change', () => this.requestUpdate());
  }

  override render(): TemplateResult {
    const state = this.store?.state;
    const moment = state?.moment;
    if (!state || !moment || !state.source) {
      return state?.failure ? this.#startFailed(state) : html`<slot></slot>`;
    }
    const theme = this.theme?.current ?? 'light';
    const models = modelsOf(state, moment, theme, this.#closeUp(state, moment));
    return html`
      ${this.#header(state.source, moment, theme)}
      <main
        class=${state.phase === 'loading' ? 'loading' : ''}
        aria-busy=${state.phase === 'loading'}
      >
        ${this.#banners(state, moment)}
        <kmem-story class="wide" .model=${{moment, source: state.source}}></kmem-story>
        <kmem-proc class="wide" .model=${moment.proc}></kmem-proc>
        ${this.#columns(state, moment, models)}
        ${this.#kernelViews(state, moment)}
      </main>
      <kmem-timeline .model=${models.timeline}></kmem-timeline>
      <div class="sr" role="status" aria-live="polite">${this.#spoken(state, moment)}</div>
      ${this.#dialogs(state.source)}
      ${
        this.dropping
          ? html`<div class="drop">Drop a recording: it stays in this tab</div>`
          : nothing
      }
    `;
  }

  #columns(state: StoreState, moment: Moment, models: Models): TemplateResult {
    const selected = models.details?.block?.info?.pfn ?? null;
    const list = models.list
      ? html`<kmem-block-list .model=${models.list}></kmem-block-list>`
      : nothing;
    return html`
      <div class="column">
        <kmem-frame-map .model=${models.map}>
          <div class="below">
            <kmem-lens .model=${models.lens}></kmem-lens>
            <kmem-legend .model=${models.legend}></kmem-legend>
          </div>
        </kmem-frame-map>
      </div>
      <div class="column">
        <kmem-buddy .model=${models.tables}>
          ${state.list?.kind === 'free' ? list : nothing}
        </kmem-buddy>
        <kmem-zones .model=${models.zones}></kmem-zones>
        <kmem-pcp .model=${models.tables}>${state.list?.kind === 'pcp' ? list : nothing}</kmem-pcp>
      </div>
      <div class="column">
        ${models.details ? html`<kmem-details .model=${models.details}></kmem-details>` : nothing}
        <kmem-decision-path .model=${moment.story}></kmem-decision-path>
        <kmem-console .model=${{moment, selected}}></kmem-console>
      </div>
    `;
  }

  /** Loaded when somebody wants to see them: most visitors come for pages. */
  #kernelViews(state: StoreState, moment: Moment): TemplateResult | typeof nothing {
    if (moment.view.profile !== kNewestProfile) return nothing;
    const {cache, area, selection} = state;
    return html`
      ${
        cache === null
          ? this.#offer(
              'Open the object caches',
              'Where kmalloc() and kmem_cache_alloc() get objects from: slabs, free lists, bytes.',
              () => this.#openCache({name: '', slab: null, object: null}),
            )
          : html`<kmem-caches
              class="wide"
              .model=${{key: cache, selection, shown: moment.caches}}
            ></kmem-caches>`
      }
      ${
        area === null
          ? this.#offer(
              'Open the virtual addresses',
              'What vmalloc() gives: addresses in one piece, memory in many, a guard behind each.',
              () => this.#openArea(-1),
            )
          : html`<kmem-areas
              class="wide"
              .model=${{shown: moment.areas, open: area}}
            ></kmem-areas>`
      }
    `;
  }

  #offer(name: string, about: string, open: () => void): TemplateResult {
    return html`<div class="wide panel offer">
      <button type="button" class="button" @click=${open}>${name}</button>
      <p class="hint">${about}</p>
    </div>`;
  }

  async #openArea(area: number | null): Promise<void> {
    if (await this.#loaded(() => import('./areas_element.ts'))) this.store?.openArea(area);
  }

  async #openCache(key: CacheKey | null): Promise<void> {
    if (await this.#loaded(() => import('./caches_element.ts'))) this.store?.openCache(key);
  }

  async #loaded(load: () => Promise<unknown>): Promise<boolean> {
    try {
      await load();
      return true;
    } catch {
      this.store?.setNotice('This part of the page could not be loaded. Is the network there?');
      return false;
    }
  }

  /** The close-up follows what changed last: the selection, or the step. */
  #closeUp(state: StoreState, moment: Moment): number {
    if (state.selection !== this.#seen.selection) this.#preferSelection = true;
    else if (moment.view.step !== this.#seen.step) this.#preferSelection = false;
    this.#seen = {selection: state.selection, step: moment.view.step};
    return closeUpOf(moment, state.selection, this.#preferSelection);
  }

  #header(source: Source, moment: Moment, theme: string): TemplateResult {
    return html`
      <header>
        <h1>kmem-playground</h1>
        <p class="hint">The page allocator of Linux ${moment.view.release}, frame by frame</p>
        <div class="tools">
          <button type="button" class="button machine"
            @click=${() => this.#dialog('kmem-machine-dialog')}>
            ${icons.machine} Machine: <b>${sourceTitle(source)}</b>
          </button>
          <button
            type="button"
            class="button"
            aria-label=${theme === 'dark' ? 'Use light colours' : 'Use dark colours'}
            @click=${() => this.theme?.toggle()}
          >
            ${icons.theme}
          </button>
          <button type="button" class="button" aria-label="Help and keys"
            @click=${() => this.#dialog('kmem-help-dialog')}>
            ?
          </button>
        </div>
      </header>
    `;
  }

  #banners(state: StoreState, moment: Moment): TemplateResult {
    const {failure, notice} = state;
    const forked = moment.fork !== null && state.source?.kind !== 'pristine';
    return html`
      ${
        failure
          ? html`<div class="banner bad wide" role="alert">
              <p><b>That machine could not be opened.</b> ${failure.message}</p>
              <button type="button" class="button small"
                @click=${() => this.store?.dismissFailure()}>
                Keep this one
              </button>
            </div>`
          : nothing
      }
      ${
        notice
          ? html`<div class="banner wide" role="status">
              <p>${notice}</p>
              <button type="button" class="button small" @click=${() => this.store?.setNotice('')}>
                Dismiss
              </button>
            </div>`
          : nothing
      }
      ${
        forked
          ? html`<div class="banner wide">
              <p>
                <b>Your own history since step ${count(moment.fork?.at ?? 0)}.</b> Your call changed
                the machine, so the rest of the recording no longer applies.
              </p>
              <button type="button" class="button small"
                @click=${() => this.store?.returnToRecording()}>
                Return to the recording
              </button>
            </div>`
          : nothing
      }
    `;
  }

  #startFailed(state: StoreState): TemplateResult {
    return html`
      <main>
        <h1 class="wide">kmem-playground</h1>
        <div class="banner bad wide" role="alert">
          <p><b>No machine could be opened.</b> ${state.failure?.message}</p>
          <button type="button" class="button small"
            @click=${() => this.#dialog('kmem-machine-dialog')}>
            Choose another machine
          </button>
        </div>
      </main>
      ${this.#dialogs(null)}
    `;
  }

  #dialogs(source: Source | null): TemplateResult {
    return html`
      <kmem-machine-dialog .current=${source}></kmem-machine-dialog>
      <kmem-help-dialog></kmem-help-dialog>
      <kmem-goto-dialog></kmem-goto-dialog>
    `;
  }

  /** Spoken after each single step; a playback would only be noise. */
  #spoken(state: StoreState, moment: Moment): string {
    if (state.playing || !moment.step) return '';
    return `Step ${moment.view.step}: ${moment.story?.sentence ?? moment.step.call}`;
  }

  #listen(): void {
    const on = <Detail>(name: string, handle: (detail: Detail) => void) => {
      this.addEventListener(name, (event) => handle((event as CustomEvent<Detail>).detail));
    };
    on<{pfn: number}>('pfn-select', ({pfn}) => this.store?.select(pfn));
    on('selection-clear', () => this.store?.select(null));
    on('selection-frame', () => this.#act('frame-selection'));
    on<{list: ListKey | null}>('list-open', ({list}) => this.store?.openList(list));
    on<{key: CacheKey | null}>('cache-open', ({key}) => void this.#openCache(key));
    on<{area: number | null}>('area-open', ({area}) => void this.#openArea(area));
    on<{path: string}>('file-open', ({path}) => this.store?.openFile(path));
    on<{step: number}>('step-seek', ({step}) => {
      this.store?.pause();
      this.store?.seek(step);
    });
    on<{action: TimelineAction}>('timeline-action', ({action}) => this.#act(action));
    on<{speed: StoreState['speed']}>('speed-change', ({speed}) => this.store?.setSpeed(speed));
    on<{command: Parameters<Store['run']>[0]}>('call-run', ({command}) => this.store?.run(command));
    on<{source: Source}>('source-open', ({source}) => void this.store?.open(source));
    this.#listenToDrops();
  }

  #listenToDrops(): void {
    this.addEventListener('dragover', (event) => {
      event.preventDefault();
      this.dropping = true;
    });
    this.addEventListener('dragleave', (event) => {
      if (event.relatedTarget === null) this.dropping = false;
    });
    this.addEventListener('drop', (event) => {
      event.preventDefault();
      this.dropping = false;
      const file = event.dataTransfer?.files[0];
      if (file) void this.store?.open({kind: 'file', name: file.name, file});
    });
  }

  #act(action: KeyAction): void {
    const {store} = this;
    if (!store) return;
    const length = store.state.moment?.view.length ?? 0;
    const map = () => this.renderRoot.querySelector<FrameMapElement>('kmem-frame-map');
    const step = (by: number) => {
      store.pause();
      store.stepBy(by);
    };
    const actions: Record<KeyAction, () => void> = {
      'toggle-play': () => store.toggle(),
      next: () => step(1),
      previous: () => step(-1),
      'next-10': () => step(10),
      'previous-10': () => step(-10),
      first: () => step(-length),
      last: () => step(length),
      'frame-selection': () => map()?.frameSelection(),
      fit: () => map()?.fit(),
      clear: () => {
        if (store.state.selection !== null) store.select(null);
        else store.openList(null);
      },
      'go-to': () => this.#dialog('kmem-goto-dialog'),
      help: () => this.#dialog('kmem-help-dialog'),
    };
    actions[action]();
  }

  async #dialog(name: keyof typeof kDialogs): Promise<void> {
    if (!(await this.#loaded(kDialogs[name]))) return;
    const dialog = this.renderRoot.querySelector<Dialog>(name);
    await dialog?.updateComplete;
    dialog?.show();
  }
}

customElements.define('kmem-playground', PlaygroundElement);
