import {css, html, LitElement, type TemplateResult} from 'lit';
import type {MachineView} from '../engine/model.ts';
import {pfnText} from '../render/format.ts';
import {
  type FrameLayout,
  kTileEdge,
  kTileFrames,
  layoutTile,
  pfnAtCell,
} from '../render/frame_layout.ts';
import {FrameMap} from '../render/frame_map.ts';
import type {FrameMarks} from '../render/map_marks.ts';
import type {Theme} from '../render/palette.ts';
import {emitSelect} from './select_event.ts';
import {controlStyles, panelStyles} from './shared_styles.ts';

export interface LensModel {
  readonly view: MachineView;
  readonly frames: Uint8Array;
  readonly theme: Theme;
  readonly marks: FrameMarks;
  /** First frame of the 4 MiB that are shown. */
  readonly startPfn: number;
}

/**
 * The 4 MiB around what happened last, large enough to see single pages.
 * @element kmem-lens
 * @fires {CustomEvent<{pfn: number}>} pfn-select - a frame was clicked
 */
export class LensElement extends LitElement {
  static override properties = {model: {attribute: false}};
  declare model: LensModel | null;

  static override styles = [
    panelStyles,
    controlStyles,
    css`
      canvas {
        display: block;
        width: 100%;
        max-width: 320px;
        aspect-ratio: 1;
        background: var(--kmem-sunken);
        border-radius: 4px;
        cursor: crosshair;
      }
      p {
        margin: 4px 0 0;
      }
    `,
  ];

  readonly #map = new FrameMap();
  readonly #resize = new ResizeObserver(([entry]) => {
    this.#edge = entry?.contentRect.width ?? 0;
    this.#draw();
  });
  /** In CSS pixels; kept, because asking the canvas would force a layout at every step. */
  #edge = 0;
  #drawing = 0;
  #layoutKey = '';
  #layout: FrameLayout | null = null;

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
    if (this.#drawing !== 0) return;
    this.#drawing = requestAnimationFrame(() => {
      this.#drawing = 0;
      this.#draw();
    });
  }

  override render(): TemplateResult {
    const start = this.model?.startPfn ?? 0;
    const range = `${pfnText(start)} to ${pfnText(start + kTileFrames - 1)}`;
    return html`
      <canvas role="img" aria-label="Close-up of page frames ${range}"
        @click=${this.#pick}></canvas>
      <p class="hint">Close-up of ${range}</p>
    `;
  }

  #draw(): void {
    const {model} = this;
    const canvas = this.renderRoot.querySelector('canvas');
    const context = canvas?.getContext('2d');
    if (!canvas || !context || !model || model.frames.length === 0) return;
    const edge = this.#edge;
    if (edge === 0) return;
    const ratio = window.devicePixelRatio || 1;
    const pixels = Math.round(edge * ratio);
    if (canvas.width !== pixels) {
      canvas.width = pixels;
      canvas.height = pixels;
    }
    const layout = this.#layoutOf(model);
    const size = {width: edge, height: edge};
    const view = {scale: edge / kTileEdge, x: 0, y: 0};
    const {frames, marks, theme} = model;
    const grouped = model.view.migratetypes.length > 1;
    this.#map.draw(
      context,
      {layout, frames, theme, marks, grouped, pageblocks: model.view},
      {size, view, ratio},
    );
  }

  /** Kept as long as it shows the same place, so that only changed tiles are painted again. */
  #layoutOf({startPfn, view}: LensModel): FrameLayout {
    const key = `${startPfn} ${JSON.stringify(view.sections)}`;
    if (!this.#layout || key !== this.#layoutKey) {
      this.#layout = layoutTile(startPfn, view.sections);
      this.#layoutKey = key;
    }
    return this.#layout;
  }

  #pick(event: MouseEvent): void {
    const canvas = event.currentTarget as HTMLCanvasElement;
    const rect = canvas.getBoundingClientRect();
    const x = ((event.clientX - rect.left) / rect.width) * kTileEdge;
    const y = ((event.clientY - rect.top) / rect.height) * kTileEdge;
    const pfn = this.#layout ? pfnAtCell(this.#layout, x, y) : null;
    if (pfn !== null) emitSelect(this, pfn);
  }
}

customElements.define('kmem-lens', LensElement);
