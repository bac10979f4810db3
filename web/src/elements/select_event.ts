/** Frame numbers in text are links: clicking one selects the frame everywhere. */
import {html, type TemplateResult} from 'lit';
import {pfnText, splitAtPfns} from '../render/format.ts';

/** Asks the page to select a frame. */
export function emitSelect(from: EventTarget, pfn: number): void {
  from.dispatchEvent(new CustomEvent('pfn-select', {detail: {pfn}, bubbles: true, composed: true}));
}

/** A frame number to click. */
export function pfnLink(pfn: number, text = pfnText(pfn)): TemplateResult {
  const select = (event: Event) => {
    if (event.currentTarget) emitSelect(event.currentTarget, pfn);
  };
  return html`<button type="button" class="pfn" @click=${select}>${text}</button>`;
}

/** A sentence with its frame numbers as links. */
export function linked(sentence: string): readonly (string | TemplateResult)[] {
  return splitAtPfns(sentence).map((part) =>
    part.kind === 'pfn' ? pfnLink(part.pfn, part.text) : part.text,
  );
}
