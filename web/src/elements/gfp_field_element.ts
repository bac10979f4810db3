import {html, LitElement, nothing, type PropertyValues, type TemplateResult} from 'lit';
import {formatGfp, gfpTableOf, gfpValueOf} from '../engine/gfp.ts';
import {kGfpExplanations, kGfpExplanations2_6_18} from '../engine/gfp_text.gen.ts';
import type {ProfileName} from '../engine/model.ts';
import {fieldStyles} from './field_styles.ts';
import {gfpFieldStyles} from './gfp_field_styles.ts';
import {controlStyles, panelStyles} from './shared_styles.ts';

function explanationOf(profile: ProfileName, name: string): string {
  const texts = profile === '6.1.192' ? kGfpExplanations : kGfpExplanations2_6_18;
  return texts[name] ?? '';
}

/**
 * Chooses GFP flags: a combination, and single flags added to it. Each says what it is for.
 * @element kmem-gfp-field
 * @fires {CustomEvent<{gfp: string}>} gfp-change - names joined by `|`
 */
export class GfpFieldElement extends LitElement {
  static override properties = {
    profile: {attribute: false},
    composite: {state: true},
    modifiers: {state: true},
  };
  declare profile: ProfileName;
  declare composite: string;
  declare modifiers: readonly string[];

  static override styles = [panelStyles, controlStyles, fieldStyles, gfpFieldStyles];

  constructor() {
    super();
    this.profile = '6.1.192';
    this.composite = 'GFP_KERNEL';
    this.modifiers = [];
  }

  override willUpdate(changed: PropertyValues): void {
    if (!changed.has('profile')) return;
    // What the other kernel does not know falls away; every kernel knows GFP_KERNEL.
    const {flags, composites} = gfpTableOf(this.profile);
    if (!composites.some(({name}) => name === this.composite)) this.composite = 'GFP_KERNEL';
    this.modifiers = this.modifiers.filter((name) => flags.some((flag) => flag.name === name));
    this.#emit();
  }

  override render(): TemplateResult {
    const {composites} = gfpTableOf(this.profile);
    const about = explanationOf(this.profile, this.composite);
    const value = this.#value();
    const choose = (event: Event) => {
      this.composite = (event.target as HTMLSelectElement).value;
      this.#emit();
    };
    return html`
      <label class="field">
        <span>GFP flags</span>
        <select aria-label="GFP flags" @change=${choose}>
          ${composites.map(
            ({name}) =>
              html`<option value=${name} ?selected=${name === this.composite}>${name}</option>`,
          )}
        </select>
      </label>
      <p class="about">${about}</p>
      <details>
        <summary>
          Modifiers, __GFP_…
          ${this.modifiers.length > 0 ? html`<b>(${this.modifiers.length})</b>` : nothing}
          <code class="value">0x${value.toString(16)}</code>
        </summary>
        ${
          this.profile === '6.1.192'
            ? html`<p class="about mono">${formatGfp(value, 'no flags')}</p>`
            : nothing
        }
        <div class="flags" role="group" aria-label="Modifiers">${this.#flags()}</div>
      </details>
    `;
  }

  #flags(): readonly TemplateResult[] {
    const table = gfpTableOf(this.profile);
    const base = gfpValueOf(table, this.composite);
    return table.flags.map(({name, value}) => {
      const implied = (base & value) === value;
      const toggle = (event: Event) => {
        const on = (event.target as HTMLInputElement).checked;
        this.modifiers = on
          ? [...this.modifiers, name]
          : this.modifiers.filter((modifier) => modifier !== name);
        this.#emit();
      };
      return html`<label class="flag">
        <input
          type="checkbox"
          .checked=${implied || this.modifiers.includes(name)}
          ?disabled=${implied}
          @change=${toggle}
        />
        <span><code>${name}</code><small>${explanationOf(this.profile, name)}</small></span>
      </label>`;
    });
  }

  /** Modifiers that the combination does not hold already. */
  #extra(): readonly string[] {
    const table = gfpTableOf(this.profile);
    const base = gfpValueOf(table, this.composite);
    return this.modifiers.filter((name) => (gfpValueOf(table, name) & base) === 0);
  }

  #value(): number {
    const table = gfpTableOf(this.profile);
    const names = [this.composite, ...this.#extra()];
    return names.reduce((bits, name) => (bits | gfpValueOf(table, name)) >>> 0, 0);
  }

  #emit(): void {
    const gfp = [this.composite, ...this.#extra()].join('|');
    this.dispatchEvent(new CustomEvent('gfp-change', {detail: {gfp}}));
  }
}

customElements.define('kmem-gfp-field', GfpFieldElement);
