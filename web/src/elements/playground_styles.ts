/** Layout of the whole page. */
import {css} from 'lit';

export const playgroundStyles = css`
  :host {
    display: block;
    min-height: 100dvh;
    padding-bottom: 78px;
    container-type: normal;
    contain: none;
  }
  header {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 6px 14px;
    padding: 10px var(--kmem-gap) 0;
    max-width: 1760px;
    margin: 0 auto;
  }
  h1 {
    margin: 0;
    font-size: 17px;
    font-weight: 700;
    letter-spacing: -0.01em;
  }
  header .hint {
    flex: 1 1 240px;
  }
  header .tools {
    display: flex;
    flex-wrap: wrap;
    gap: 6px;
  }
  .machine b {
    font-weight: 600;
  }
  main {
    display: grid;
    gap: var(--kmem-gap);
    padding: var(--kmem-gap);
    max-width: 1760px;
    margin: 0 auto;
    grid-template-columns: minmax(0, 1fr);
  }
  .column {
    display: grid;
    gap: var(--kmem-gap);
    align-content: start;
    min-width: 0;
  }
  .wide {
    grid-column: 1 / -1;
    min-width: 0;
  }
  .below {
    display: grid;
    grid-template-columns: minmax(120px, 2fr) minmax(250px, 3fr);
    gap: 14px;
    align-items: start;
  }
  .offer {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 6px 14px;
    padding: 8px 14px;
  }
  .banner {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 6px 14px;
    padding: 8px 14px;
    border: 1px solid var(--kmem-warn);
    border-radius: var(--kmem-radius);
    background: var(--kmem-warn-wash);
    font-size: 14px;
    overflow-wrap: anywhere;
  }
  .banner.bad {
    border-color: var(--kmem-bad);
    background: var(--kmem-bad-wash);
  }
  .banner p {
    flex: 1 1 280px;
    margin: 0;
  }
  .loading {
    opacity: 0.6;
  }
  kmem-timeline {
    position: fixed;
    inset: auto 0 0;
    z-index: 5;
  }
  .drop {
    position: fixed;
    inset: 12px;
    z-index: 9;
    display: grid;
    place-items: center;
    border: 3px dashed var(--kmem-accent);
    border-radius: 14px;
    background: color-mix(in oklab, var(--kmem-panel) 88%, transparent);
    font-size: 20px;
    font-weight: 600;
    pointer-events: none;
  }
  @media (width >= 760px) {
    main {
      grid-template-columns: minmax(0, 1fr) minmax(0, 1fr);
    }
  }
  @media (width >= 1200px) {
    main {
      grid-template-columns: minmax(0, 1.25fr) minmax(0, 1.15fr) 340px;
    }
  }
  @media (width < 1200px) {
    .below {
      grid-template-columns: minmax(0, 1fr);
    }
  }
  @media (width < 900px) {
    header .hint {
      display: none;
    }
    header h1 {
      flex: 1 1 auto;
    }
  }
  @media (width < 760px) {
    :host {
      padding-bottom: 108px;
    }
    header .hint {
      display: none;
    }
    /* One column: what belongs to the map comes right after it, then what to do next. */
    .column {
      display: contents;
    }
    kmem-frame-map {
      order: 1;
    }
    kmem-details {
      order: 2;
    }
    kmem-decision-path {
      order: 3;
    }
    kmem-buddy {
      order: 4;
    }
    kmem-console {
      order: 5;
    }
    kmem-proc,
    kmem-zones,
    kmem-pcp {
      order: 6;
    }
    .offer,
    kmem-areas,
    kmem-caches {
      order: 7;
    }
    header h1 {
      flex: 1 1 auto;
    }
  }
`;
