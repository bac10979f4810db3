/** Light or dark: as the system says, unless the person chose. */
import type {Theme} from '../render/palette.ts';

const kStorageKey = 'kmem-theme';

/** @fires change - the theme in force is another one */
export class ThemeChoice extends EventTarget {
  readonly #system = window.matchMedia('(prefers-color-scheme: dark)');
  #chosen: Theme | null = readChoice();

  constructor() {
    super();
    this.#system.addEventListener('change', () => this.#apply());
    this.#apply();
  }

  get current(): Theme {
    return this.#chosen ?? (this.#system.matches ? 'dark' : 'light');
  }

  toggle(): void {
    this.#chosen = this.current === 'dark' ? 'light' : 'dark';
    try {
      localStorage.setItem(kStorageKey, this.#chosen);
    } catch {
      // Storage may be forbidden (a sandboxed frame); the choice then lasts as long as the tab.
    }
    this.#apply();
  }

  #apply(): void {
    document.documentElement.dataset['theme'] = this.current;
    this.dispatchEvent(new Event('change'));
  }
}

function readChoice(): Theme | null {
  try {
    const stored = localStorage.getItem(kStorageKey);
    return stored === 'light' || stored === 'dark' ? stored : null;
  } catch {
    return null;
  }
}
