import {css, html, LitElement, type TemplateResult} from 'lit';
import {kSpeeds, type Speed} from '../page/store.ts';
import {count} from '../render/format.ts';
import {
  bitmapsOf,
  drawTimeline,
  type TimelineBitmaps,
  type TimelinePicture,
} from '../render/timeline.ts';
import {icons} from './icons.ts';
import {controlStyles, panelStyles} from './shared_styles.ts';

export interface TimelineModel extends TimelinePicture {
  readonly playing: boolean;
  readonly speed: Speed;
  readonly call: string;
}

export type TimelineAction = 'first' | 'previous' | 'toggle-play' | 'next' | 'last';

/**
 * Time as an axis to hold: step, play, scrub.
 * @element kmem-timeline
 * @fires {CustomEvent<{step: number}>} step-seek - go to a step
 * @fires {CustomEvent<{action: TimelineAction}>} timeline-action - a button was pressed
 * @fires {CustomEvent<{speed: Speed}>} speed-change - play at another speed
 */
export class TimelineElement extends LitElement {
  static override properties = {model: {attribute: false}};
  declare model: TimelineModel | null;

  static override styles = [
    panelStyles,
    controlStyles,
    css`
      .bar {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr) auto;
        gap: 8px 14px;
        align-items: center;
        padding: 8px 14px;
        background: var(--kmem-panel);
        border-top: 1px solid var(--kmem-edge);
      }
      .buttons {
        display: flex;
        gap: 4px;
      }
      .buttons .button {
        padding: 4px 9px;
      }
      .play {
        min-width: 92px;
      }
      .track {
        position: relative;
        height: 44px;
      }
      canvas {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
      }
      input[type='range'] {
        position: absolute;
        inset: 0;
        width: 100%;
        height: 100%;
        margin: 0;
        background: transparent;
        appearance: none;
        cursor: ew-resize;
      }
      input[type='range']::-webkit-slider-thumb {
        appearance: none;
        width: 18px;
        height: 18px;
        border-radius: 50%;
        border: 2px solid var(--kmem-panel);
        background: var(--kmem-ink);
        box-shadow: 0 0 0 1px var(--kmem-ink);
      }
      input[type='range']::-moz-range-thumb {
        width: 14px;
        height: 14px;
        border-radius: 50%;
        border: 2px solid var(--kmem-panel);
        background: var(--kmem-ink);
      }
      .right {
        display: flex;
        align-items: center;
        gap: 12px;
        font-size: 13px;
      }
      .place {
        min-width: 15ch;
        text-align: end;
        font-variant-numeric: tabular-nums;
        white-space: nowrap;
      }
      .place b {
        font-size: 16px;
      }
      label {
        display: flex;
        align-items: center;
        gap: 6px;
        color: var(--kmem-soft);
      }
      label select {
        color: var(--kmem-ink);
      }
      @container (width < 820px) {
        .bar {
          grid-template-columns: auto minmax(0, 1fr);
          padding: 6px 10px;
          gap: 4px 8px;
        }
        .track {
          grid-column: 1 / -1;
          grid-row: 1;
          height: 36px;
        }
        .right {
          justify-content: flex-end;
        }
        .play {
          min-width: 44px;
        }
        .play .word,
        label .word {
          display: none;
        }
        .place {
          min-width: 0;
        }
      }
      @container (width < 460px) {
        .right {
          flex-direction: column-reverse;
          align-items: flex-end;
          gap: 0;
        }
        label select {
          min-height: 24px;
          padding: 0 4px;
        }
        .buttons .button {
          padding: 4px;
          min-width: 36px;
        }
      }
    `,
  ];

  readonly #resize = new ResizeObserver(([entry]) => {
    this.#size = {width: entry?.contentRect.width ?? 0, height: entry?.contentRect.height ?? 0};
    this.#draw();
  });
  /** In CSS pixels; kept, because asking the canvas would force a layout at every step. */
  #size = {width: 0, height: 0};
  #picture: TimelineBitmaps | null = null;

  constructor() {
    super();
    this.model = null;
  }

  override firstUpdated(): void {
    const canvas = this.renderRoot.querySelector('canvas');
    if (canvas) this.#resize.observe(canvas);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resize.disconnect();
  }

  override updated(): void {
    this.#draw();
  }

  override render(): TemplateResult {
    const model = this.model;
    const step = model?.step ?? 0;
    const length = model?.length ?? 0;
    const place = `step ${count(step)} of ${count(length)}`;
    return html`
      <section class="bar" aria-label="Timeline">
        ${this.#buttons(step, length)}
        <div class="track" title=${this.#about()}>
          <canvas aria-hidden="true"></canvas>
          <input
            type="range"
            aria-label="Step"
            aria-valuetext=${model?.call ? `${place}: ${model.call}` : place}
            min="0"
            max=${length}
            .value=${String(step)}
            ?disabled=${length === 0}
            @input=${this.#scrub}
          />
        </div>
        <div class="right">
          <label><span class="word">speed</span>
            <select aria-label="Calls per second" @change=${this.#speed}>
              ${kSpeeds.map(
                (speed) =>
                  html`
                    <option value=${speed} ?selected=${speed === model?.speed}>${speed}/s</option>
                  `,
              )}
            </select>
          </label>
          <span class="place"><b>${count(step)}</b> / ${count(length)}</span>
        </div>
      </section>
    `;
  }

  #buttons(step: number, length: number): TemplateResult {
    const playing = this.model?.playing ?? false;
    const button = (action: TimelineAction, label: string, icon: unknown, off: boolean) => html`
      <button
        type="button"
        class="button"
        aria-label=${label}
        title=${label}
        ?disabled=${off}
        @click=${() => this.#act(action)}
      >
        ${icon}
      </button>
    `;
    return html`<div class="buttons" role="group" aria-label="Steps">
      ${button('first', 'Back to the start', icons.first, step === 0)}
      ${button('previous', 'Step back', icons.previous, step === 0)}
      <button
        type="button"
        class="button primary play"
        aria-label=${playing ? 'Pause' : 'Play'}
        ?disabled=${length === 0}
        @click=${() => this.#act('toggle-play')}
      >
        ${playing ? icons.pause : icons.play}<span class="word">${playing ? 'Pause' : 'Play'}</span>
      </button>
      ${button('next', 'Step forward', icons.next, step >= length)}
      ${button('last', 'To the end', icons.last, step >= length)}
    </div>`;
  }

  #about(): string {
    const dumps = this.model?.dumps.length ?? 0;
    if (dumps === 0) return 'Drag to go to any step';
    return `Pages held over time. Each of the ${dumps} ticks is a full dump of the real kernel.`;
  }

  #draw(): void {
    const canvas = this.renderRoot.querySelector('canvas');
    const context = canvas?.getContext('2d');
    if (!canvas || !context || !this.model) return;
    const ratio = window.devicePixelRatio || 1;
    const {width, height} = this.#size;
    if (width === 0) return;
    const pixels = [Math.round(width * ratio), Math.round(height * ratio)] as const;
    if (canvas.width !== pixels[0] || canvas.height !== pixels[1]) {
      [canvas.width, canvas.height] = pixels;
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#picture = bitmapsOf(this.#picture, width, height, ratio, this.model);
    drawTimeline(context, this.#picture, this.model);
  }

  #scrub(event: Event): void {
    this.#emit('step-seek', {step: Number((event.target as HTMLInputElement).value)});
  }

  #speed(event: Event): void {
    this.#emit('speed-change', {speed: Number((event.target as HTMLSelectElement).value) as Speed});
  }

  #act(action: TimelineAction): void {
    this.#emit('timeline-action', {action});
  }

  #emit(name: string, detail: unknown): void {
    this.dispatchEvent(new CustomEvent(name, {detail, bubbles: true, composed: true}));
  }
}

customElements.define('kmem-timeline', TimelineElement);
