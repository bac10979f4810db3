/** Mouse, pen and fingers on the map: pan, pinch, wheel, tap, hover. */

export interface GestureHandlers {
  pan(dx: number, dy: number): void;
  zoom(factor: number, x: number, y: number): void;
  tap(x: number, y: number): void;
  hover(x: number, y: number): void;
  leave(): void;
}

/** A press that moved less than this is a tap. */
const kTapPx = 5;

interface Point {
  readonly x: number;
  readonly y: number;
}

export class MapGestures {
  readonly #handlers: GestureHandlers;
  readonly #points = new Map<number, Point>();
  #moved = 0;

  constructor(handlers: GestureHandlers) {
    this.#handlers = handlers;
  }

  attach(canvas: HTMLCanvasElement): void {
    canvas.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      // One finger scrolls the page, so only mouse and pen are held on to.
      if (event.pointerType !== 'touch') canvas.setPointerCapture(event.pointerId);
      this.#points.set(event.pointerId, localPoint(canvas, event));
      if (this.#points.size === 1) this.#moved = 0;
    });
    canvas.addEventListener('pointermove', (event) => this.#move(canvas, event));
    canvas.addEventListener('pointerup', (event) => {
      const {x, y} = localPoint(canvas, event);
      const single = this.#points.size === 1;
      if (this.#points.delete(event.pointerId) && single && this.#moved < kTapPx) {
        this.#handlers.tap(x, y);
      }
    });
    canvas.addEventListener('pointercancel', (event) => this.#points.delete(event.pointerId));
    canvas.addEventListener('pointerleave', () => this.#handlers.leave());
    canvas.addEventListener('wheel', (event) => this.#wheel(canvas, event), {passive: false});
    canvas.addEventListener('dblclick', (event) => {
      const {x, y} = localPoint(canvas, event);
      this.#handlers.zoom(2, x, y);
    });
  }

  #move(canvas: HTMLCanvasElement, event: PointerEvent): void {
    const point = localPoint(canvas, event);
    const before = this.#points.get(event.pointerId);
    if (!before) {
      if (event.pointerType !== 'touch') this.#handlers.hover(point.x, point.y);
      return;
    }
    this.#moved += Math.hypot(point.x - before.x, point.y - before.y);
    const other = [...this.#points].find(([id]) => id !== event.pointerId)?.[1];
    this.#points.set(event.pointerId, point);
    if (other) {
      const ratio = distance(point, other) / Math.max(1, distance(before, other));
      this.#handlers.zoom(ratio, (point.x + other.x) / 2, (point.y + other.y) / 2);
    } else if (event.pointerType !== 'touch' && this.#moved >= kTapPx) {
      this.#handlers.leave();
      this.#handlers.pan(point.x - before.x, point.y - before.y);
    }
  }

  /** A plain wheel scrolls the page; it zooms with Ctrl (as a pinch arrives) or when focused. */
  #wheel(canvas: HTMLCanvasElement, event: WheelEvent): void {
    const focused = canvas.getRootNode() instanceof ShadowRoot && canvas.matches(':focus');
    if (!event.ctrlKey && !focused) return;
    event.preventDefault();
    const {x, y} = localPoint(canvas, event);
    this.#handlers.zoom(Math.exp(-event.deltaY / 300), x, y);
  }
}

/** In the canvas's own CSS pixels, also when a parent is scaled by a transform. */
function localPoint(canvas: HTMLCanvasElement, event: MouseEvent): Point {
  const rect = canvas.getBoundingClientRect();
  return {
    x: ((event.clientX - rect.left) / rect.width) * canvas.clientWidth,
    y: ((event.clientY - rect.top) / rect.height) * canvas.clientHeight,
  };
}

function distance(one: Point, two: Point): number {
  return Math.hypot(one.x - two.x, one.y - two.y);
}
