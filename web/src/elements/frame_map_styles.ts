/** Look of the frame map's frame; the map itself is drawn by render/frame_map.ts. */
import {css} from 'lit';

export const frameMapStyles = css`
  .head {
    margin-bottom: 2px;
    align-items: center;
  }
  .lead {
    margin-bottom: 8px;
  }
  .stage {
    position: relative;
  }
  canvas {
    display: block;
    width: 100%;
    aspect-ratio: 1.85;
    max-height: 62vh;
    border-radius: 6px;
    background: var(--kmem-sunken);
    cursor: crosshair;
    /* One finger scrolls the page; two fingers zoom the map. */
    touch-action: pan-x pan-y;
  }
  ::slotted(*) {
    margin-top: 10px;
  }
  .tools {
    display: inline-flex;
    gap: 4px;
  }
  .tip {
    position: absolute;
    left: var(--x);
    top: var(--y);
    transform: translate(14px, 14px);
    max-width: min(300px, 80%);
    padding: 4px 9px;
    border-radius: 6px;
    border: 1px solid var(--kmem-edge);
    background: var(--kmem-panel);
    color: var(--kmem-ink);
    font-size: 13px;
    line-height: 1.35;
    pointer-events: none;
    z-index: 2;
  }
  .tip.flip {
    transform: translate(calc(-100% - 10px), 14px);
  }
  .tip[hidden] {
    display: none;
  }
`;
