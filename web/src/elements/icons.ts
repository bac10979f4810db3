/** The few icons of the page, drawn for it. Decorative: the button around one has the words. */
import {html, svg, type TemplateResult} from 'lit';

const icon = (path: TemplateResult): TemplateResult =>
  html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">${path}</svg>`;

export const icons = {
  play: icon(svg`<path d="M4 2.5v11l9-5.5z"/>`),
  pause: icon(svg`<path d="M4 2.5h3v11H4zm5 0h3v11H9z"/>`),
  next: icon(svg`<path d="M4 3l6 5-6 5zm7 0h2v10h-2z"/>`),
  previous: icon(svg`<path d="M12 3L6 8l6 5zM3 3h2v10H3z"/>`),
  first: icon(svg`<path d="M8.500 3L3.500 8l5 5zM14 3L9 8l5 5zM1.500 3h1.600v10H1.500z"/>`),
  last: icon(svg`<path d="M7.500 3l5 5-5 5zM2 3l5 5-5 5zm10.900 0h1.600v10h-1.600z"/>`),
  check: icon(svg`<path d="M6.300 12.600L1.900 8.200l1.400-1.400 3 3 6.400-6.400 1.400 1.400z"/>`),
  cross: icon(
    svg`<path d="M3.500 2.200L8 6.700l4.500-4.500 1.300 1.300L9.300 8l4.500 4.500-1.300 1.300L8 9.300l-4.500 4.500-1.300-1.300L6.700 8 2.200 3.500z"/>`,
  ),
  theme: icon(
    svg`<path d="M8 1.500a6.500 6.500 0 100 13 6.500 6.500 0 000-13zm0 1.600v9.800a4.900 4.900 0 010-9.800z"/>`,
  ),
  machine: icon(
    svg`<path d="M5 1h1.500v2h3V1H11v2h2v2h2v1.500h-2v3h2V11h-2v2h-2v2H9.500v-2h-3v2H5v-2H3v-2H1V9.500h2v-3H1V5h2V3h2zm-.5 3.500v7h7v-7zm2 2h3v3h-3z"/>`,
  ),
  copy: icon(
    svg`<path d="M5 1h8a1 1 0 011 1v9h-1.500V2.500H5zM3 4h7a1 1 0 011 1v9a1 1 0 01-1 1H3a1 1 0 01-1-1V5a1 1 0 011-1zm.5 1.500v8h6v-8z"/>`,
  ),
  plus: icon(svg`<path d="M7 2h2v5h5v2H9v5H7V9H2V7h5z"/>`),
  minus: icon(svg`<path d="M2 7h12v2H2z"/>`),
  fit: icon(
    svg`<path d="M1.500 1.500H6V3H3v3H1.500zm8.500 0h4.500V6H13V3h-3zM1.500 10H3v3h3v1.500H1.500zm11.500 0h1.500v4.500H10V13h3z"/>`,
  ),
  target: icon(
    svg`<path d="M7.200 1h1.600v2.100a5 5 0 014.100 4.100H15v1.600h-2.100a5 5 0 01-4.100 4.100V15H7.200v-2.100a5 5 0 01-4.100-4.100H1V7.200h2.100a5 5 0 014.100-4.100zM8 4.600a3.400 3.400 0 100 6.800 3.400 3.400 0 000-6.800zM8 6.500a1.500 1.500 0 110 3 1.500 1.500 0 010-3z"/>`,
  ),
};
