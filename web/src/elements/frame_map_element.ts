import {html, LitElement, type PropertyValues, type TemplateResult} from 'lit';
import type {MachineView} from '../engine/model.ts';
import {pfnText} from '../render/format.ts';
import {
  type FrameLayout,
  frameIndex,
  kTileFrames,
  layoutFrames,
  pfnAtCell,
} from '../render/frame_layout.ts';
import {FrameMap} from '../render/frame_map.ts';
import {blockAround} from '../render/frame_pixels.ts';
import {describeFrame} from '../render/frame_text.ts';
import type {FrameMarks} from '../render/map_marks.ts';
import {
  type Block,
  clampView,
  fitView,
  type MapView,
  viewOfBlock,
  zoomAt,
} from '../render/map_view.ts';
import type {Theme} from '../render/palette.ts';
import {cursorTarget} from './frame_map_keys.ts';
import {frameMapStyles} from './frame_map_styles.ts';
import {icons} from './icons.ts';
import {MapGestures} from './map_gestures.ts';
import {emitSelect} from './select_event.ts';
import {controlStyles, panelStyles} from './shared_styles.ts';

export interface FrameMapElementModel {
  readonly view: MachineView;
  readonly frames: Uint8Array;
  readonly theme: Theme;
  readonly description: string;
  readonly selected: Block | null;
  readonly touched: readonly Block[];
  readonly touchedText: string;
  readonly stolen: readonly Block[];
  readonly listed: readonly Block[];
  readonly lens: number | null;
}

const kZoomStep = 1.6;

/**
 * A picture of every page frame. Each buddy block is a square or a 2:1 rectangle.
 * @element kmem-frame-map
 * @slot - below the map: its legend
 * @fires {CustomEvent<{pfn: number}>} pfn-select - a frame was clicked or chosen by key
 */
export class FrameMapElement extends LitElement {
  static override properties = {
    model: {attribute: false},
    hover: {state: true},
    spoken: {state: true},
  };
  declare model: FrameMapElementModel | null;
  declare hover: {readonly text: string; readonly x: number; readonly y: number} | null;
  declare spoken: string;

  static override styles = [panelStyles, controlStyles, frameMapStyles];

  readonly #map = new FrameMap();
  #layout: FrameLayout | null = null;
  #layoutKey = '';
  #view: MapView | null = null;
  #cursor: number | null = null;
  #drawing = 0;
  /** In CSS pixels; kept, because asking the canvas would force a layout at every step. */
  #size = {width: 0, height: 0};
  readonly #resize = new ResizeObserver(() => this.#resized());
  readonly #gestures = new MapGestures({
    pan: (dx, dy) => this.#move((view) => ({...view, x: view.x + dx, y: view.y + dy})),
    zoom: (factor, x, y) => this.#zoom(factor, x, y),
    tap: (x, y) => this.#pick(x, y),
    hover: (x, y) => this.#hoverAt(x, y),
    leave: () => {
      this.hover = null;
    },
  });

  constructor() {
    super();
    this.model = null;
    this.hover = null;
    this.spoken = '';
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resize.disconnect();
  }

  override firstUpdated(): void {
    this.#resize.observe(this.#canvas);
    this.#gestures.attach(this.#canvas);
  }

  override updated(changed: PropertyValues): void {
    if (!changed.has('model') || !this.model) return;
    this.#relayout(false);
    this.#requestDraw();
  }

  override render(): TemplateResult {
    return html`
      <section class="panel" aria-labelledby="map">
        <div class="head">
          <h2 id="map">Page frames</h2>
          <span class="grow"></span>
          <span class="tools">
            <button type="button" class="button small" aria-label="Zoom out"
              @click=${() => this.zoomBy(1 / kZoomStep)}>${icons.minus}</button>
            <button type="button" class="button small" aria-label="Zoom in"
              @click=${() => this.zoomBy(kZoomStep)}>${icons.plus}</button>
            <button type="button" class="button small" aria-label="Show the whole machine"
              @click=${() => this.fit()}>${icons.fit}</button>
          </span>
        </div>
        <p class="hint lead">
          A block is a square or 2:1 rectangle; its buddy lies beside it.
        </p>
        <div class="stage">
          <canvas
            tabindex="0"
            role="application"
            aria-roledescription="map of page frames"
            aria-label=${this.model?.description ?? 'Map of page frames'}
            aria-describedby="keys"
            @keydown=${this.#key}
            @blur=${() => this.#setCursor(null)}
          ></canvas>
          <div class="tip" ?hidden=${this.hover === null} aria-hidden="true">
            ${this.hover?.text}
          </div>
          <div class="sr" id="keys">
            Arrows move a cursor by frame, with Shift by eight frames, Page Up and Page Down by
            pageblock. Enter selects. Plus and minus zoom.
          </div>
          <div class="sr" role="status">${this.spoken}</div>
        </div>
        <slot></slot>
      </section>
    `;
  }

  /** Shows the whole machine. */
  fit(): void {
    this.#view = null;
    this.#requestDraw();
  }

  /** Zooms to the selected block. */
  frameSelection(): void {
    const selected = this.model?.selected;
    const layout = this.#layout;
    if (!selected || !layout) return;
    this.#view = viewOfBlock(layout, selected, this.#size);
    this.#move((view) => view);
  }

  zoomBy(factor: number): void {
    const {width, height} = this.#size;
    this.#zoom(factor, width / 2, height / 2);
  }

  get #canvas(): HTMLCanvasElement {
    return this.renderRoot.querySelector('canvas')!;
  }

  #resized(): void {
    const canvas = this.#canvas;
    const ratio = window.devicePixelRatio || 1;
    this.#size = {width: canvas.clientWidth, height: canvas.clientHeight};
    canvas.width = Math.max(1, Math.round(this.#size.width * ratio));
    canvas.height = Math.max(1, Math.round(this.#size.height * ratio));
    this.#relayout(true);
    this.#draw();
  }

  /** Lays the machine out anew when it is another one, or when the area changed its shape. */
  #relayout(resized: boolean): void {
    const {model} = this;
    const {width, height} = this.#size;
    if (!model || width === 0 || height === 0) return;
    const key = JSON.stringify(model.view.sections);
    if (key === this.#layoutKey && !resized) return;
    const next = layoutFrames(model.view.zones, model.view.sections, this.#size);
    const same = key === this.#layoutKey && next.width === this.#layout?.width;
    if (!same) this.#layout = next;
    this.#layoutKey = key;
    this.#view = null;
  }

  #requestDraw(): void {
    if (this.#drawing !== 0) return;
    this.#drawing = requestAnimationFrame(() => {
      this.#drawing = 0;
      this.#draw();
    });
  }

  #draw(): void {
    const {model} = this;
    const layout = this.#layout;
    const context = this.#canvas.getContext('2d');
    if (!model || !layout || !context || model.frames.length === 0) return;
    const marks: FrameMarks = {
      selected: model.selected,
      touched: model.touched,
      touchedText: model.touchedText,
      stolen: model.stolen,
      listed: model.listed,
      cursor: this.#cursor,
      lens: model.lens,
    };
    const seen = {
      size: this.#size,
      view: this.#view ?? fitView(layout, this.#size),
      ratio: window.devicePixelRatio || 1,
    };
    const {frames, theme} = model;
    const grouped = model.view.migratetypes.length > 1;
    this.#map.draw(context, {layout, frames, theme, marks, grouped, pageblocks: model.view}, seen);
  }

  #move(change: (view: MapView) => MapView): void {
    const layout = this.#layout;
    if (!layout) return;
    const view = this.#view ?? fitView(layout, this.#size);
    this.#view = clampView(change(view), layout, this.#size);
    this.#requestDraw();
  }

  #zoom(factor: number, x: number, y: number): void {
    const layout = this.#layout;
    if (!layout) return;
    const fit = fitView(layout, this.#size).scale;
    this.#move((view) => zoomAt(view, factor, x, y, fit));
  }

  #pfnAt(x: number, y: number): number | null {
    const layout = this.#layout;
    if (!layout) return null;
    const view = this.#view ?? fitView(layout, this.#size);
    return pfnAtCell(layout, (x - view.x) / view.scale, (y - view.y) / view.scale);
  }

  #pick(x: number, y: number): void {
    const pfn = this.#pfnAt(x, y);
    if (pfn !== null && this.#stateOf(pfn) >= 0) emitSelect(this, pfn);
  }

  #hoverAt(x: number, y: number): void {
    const pfn = this.#pfnAt(x, y);
    if (pfn === null) {
      this.hover = null;
      return;
    }
    this.hover = {text: this.#describe(pfn), x, y};
    const {width} = this.#size;
    const tip = this.renderRoot.querySelector<HTMLElement>('.tip');
    tip?.style.setProperty('--x', `${Math.min(x, width - 8)}px`);
    tip?.style.setProperty('--y', `${y}px`);
    tip?.classList.toggle('flip', x > width / 2);
  }

  #stateOf(pfn: number): number {
    const {model} = this;
    if (!model) return -1;
    const index = frameIndex(model.view.sections, pfn);
    return index < 0 ? -1 : (model.frames[index] ?? -1);
  }

  #describe(pfn: number): string {
    const state = this.#stateOf(pfn);
    if (state < 0) return `pfn ${pfnText(pfn)} · no memory here`;
    const tile = this.#layout?.tileAt.get(Math.floor(pfn / kTileFrames));
    const block = tile ? blockAround(this.#map.blocks(tile), tile, pfn) : null;
    return describeFrame(pfn, state, block, this.model?.view.migratetypes ?? []);
  }

  #setCursor(pfn: number | null): void {
    this.#cursor = pfn;
    this.spoken = pfn === null ? '' : this.#describe(pfn);
    this.#requestDraw();
  }

  #key(event: KeyboardEvent): void {
    const layout = this.#layout;
    if (!layout || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === '+' || event.key === '-') {
      this.zoomBy(event.key === '+' ? kZoomStep : 1 / kZoomStep);
    } else if (event.key === 'Enter') {
      if (this.#cursor !== null) emitSelect(this, this.#cursor);
    } else {
      const first = layout.tiles[0]?.startPfn ?? 0;
      const from = this.#cursor ?? this.model?.selected?.pfn ?? first;
      const target = cursorTarget(event.key, event.shiftKey, from, layout);
      if (target === null) return;
      if (this.#stateOf(target) >= 0) this.#setCursor(target);
    }
    // The map has the focus, so its keys must not also step the timeline.
    event.preventDefault();
    event.stopPropagation();
  }
}

customElements.define('kmem-frame-map', FrameMapElement);
