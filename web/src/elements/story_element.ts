import {css, html, LitElement, nothing, type TemplateResult} from 'lit';
import type {Moment, Source} from '../engine/protocol.ts';
import {describeSource} from '../page/sources.ts';
import {count, memoryText, pfnText, plural} from '../render/format.ts';
import {icons} from './icons.ts';
import {linked} from './select_event.ts';
import {controlStyles, panelStyles} from './shared_styles.ts';

export interface StoryModel {
  readonly moment: Moment;
  readonly source: Source;
}

/**
 * What the last call did and why, in one sentence, and whether the real kernel did the same.
 * @element kmem-story
 * @fires {CustomEvent<{pfn: number}>} pfn-select - a frame number in the text was clicked
 */
export class StoryElement extends LitElement {
  static override properties = {model: {attribute: false}};
  declare model: StoryModel | null;

  static override styles = [
    panelStyles,
    controlStyles,
    css`
      .panel {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        gap: 6px 24px;
        align-items: center;
      }
      .eyebrow {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 12px;
        align-items: center;
        font-size: 13px;
        color: var(--kmem-soft);
      }
      .call {
        font-family: var(--kmem-mono);
        color: var(--kmem-ink);
        background: var(--kmem-sunken);
        border: 1px solid var(--kmem-line);
        border-radius: 5px;
        padding: 1px 8px;
        overflow-wrap: anywhere;
      }
      .verdict {
        display: inline-flex;
        align-items: center;
        gap: 5px;
        font-weight: 600;
      }
      .good {
        color: var(--kmem-good);
      }
      .bad {
        color: var(--kmem-bad);
      }
      .sentence {
        margin: 4px 0 0;
        font-size: 18px;
        line-height: 1.4;
        min-height: 2.8em;
        max-width: 88ch;
        text-wrap: pretty;
      }
      .score {
        border-inline-start: 1px solid var(--kmem-line);
        padding-inline-start: 24px;
        max-width: 30ch;
      }
      .score strong {
        display: block;
        font-size: 24px;
        line-height: 1.15;
        font-variant-numeric: tabular-nums;
        white-space: nowrap;
      }
      .score p {
        margin: 2px 0 0;
        font-size: 13px;
        color: var(--kmem-soft);
      }
      kbd {
        font: 600 0.82em var(--kmem-mono);
        border: 1px solid var(--kmem-edge);
        border-bottom-width: 2px;
        border-radius: 4px;
        padding: 0 6px;
        background: var(--kmem-sunken);
      }
      @container (width < 820px) {
        .panel {
          grid-template-columns: minmax(0, 1fr);
        }
        .score {
          border: 0;
          border-block-start: 1px solid var(--kmem-line);
          padding: 8px 0 0;
          max-width: none;
        }
        .score strong {
          font-size: 18px;
        }
        .sentence {
          font-size: 16px;
          min-height: 4.2em;
        }
      }
    `,
  ];

  constructor() {
    super();
    this.model = null;
  }

  override render(): TemplateResult | typeof nothing {
    if (!this.model) return nothing;
    const {moment} = this.model;
    return html`
      <section class="panel" aria-label="What happened">
        <div>
          <div class="eyebrow">${this.#eyebrow()}</div>
          <p class="sentence">${moment.step ? this.#sentence() : this.#beginning()}</p>
        </div>
        ${this.#score()}
      </section>
    `;
  }

  #eyebrow(): unknown {
    const {moment, source} = this.model!;
    const {step, view} = moment;
    const place =
      view.length === 0
        ? nothing
        : html`<span>Step ${count(view.step)} of ${count(view.length)}</span>`;
    if (!step) return html`${place}<span>${describeSource(source, view.release)}</span>`;
    return html`${place}<span class="call">${step.call}</span>${this.#verdict()}`;
  }

  #verdict(): unknown {
    const {step} = this.model!.moment;
    if (!step || step.matches === null) return html`<span>your call</span>`;
    if (step.matches) {
      return html`<span class="verdict good">${icons.check}same as the real kernel</span>`;
    }
    const theirs = step.recordedPfns.map(pfnText).join(', ') || 'NULL';
    return html`<span class="verdict bad">${icons.cross}the real kernel gave ${theirs}</span>`;
  }

  #sentence(): unknown {
    const {story} = this.model!.moment;
    return linked(story?.sentence ?? '');
  }

  /** Step 0 has no call to tell of, so it says what is on the screen and what to do next. */
  #beginning(): unknown {
    const {view} = this.model!.moment;
    const free = view.zones.reduce((sum, zone) => sum + zone.free + zone.freeDelta, 0);
    const managed = view.zones.reduce((sum, zone) => sum + zone.managed, 0);
    const share = `${memoryText(free)} of ${memoryText(managed)}`;
    const state = `${share} are free, in blocks of 1 to 1,024 page frames.`;
    if (view.length === 0) return html`${state} Make the first call in the console.`;
    return html`${state} Press <kbd>→</kbd> to run the next call that the real kernel made, or
      make your own in the console.`;
  }

  #score(): unknown {
    const {view, fork} = this.model!.moment;
    // The calls of the user took the place of those that the real kernel would have made next.
    const recorded = fork ? fork.at : view.length;
    if (recorded === 0 || this.model!.source.kind === 'pristine') return nothing;
    const all = view.matched === view.compared && view.dumpsMatched === view.dumpsCompared;
    if (view.compared === 0) {
      return html`<div class="score">
        <strong>${plural(recorded, 'call')}</strong>
        <p>of a real kernel, each compared frame for frame as you go.</p>
      </div>`;
    }
    return html`<div class="score">
      <strong class=${all ? 'good' : 'bad'}
        >${count(view.matched)} of ${count(view.compared)}</strong
      >
      <p>
        calls gave the same page frames as the real kernel${
          view.dumpsCompared > 0
            ? html`; ${count(view.dumpsMatched)} of ${count(view.dumpsCompared)} full dumps of its
              state are equal`
            : nothing
        }.
      </p>
    </div>`;
  }
}

customElements.define('kmem-story', StoryElement);
