/**
 * Sets CSS properties through the CSSOM. A `style` attribute would be blocked by the page's
 * content security policy (`style-src 'self'`), also when a template sets it.
 */
import {noChange} from 'lit';
import {Directive, directive, type ElementPart, type PartInfo, PartType} from 'lit/directive.js';

class CssVarsDirective extends Directive {
  constructor(info: PartInfo) {
    super(info);
    if (info.type !== PartType.ELEMENT) throw new Error('cssVars() belongs on an element');
  }

  render(_values: Readonly<Record<string, string>>): typeof noChange {
    return noChange;
  }

  override update(part: ElementPart, [values]: [Readonly<Record<string, string>>]) {
    const {style} = part.element as HTMLElement;
    for (const [name, value] of Object.entries(values)) {
      if (style.getPropertyValue(name) !== value) style.setProperty(name, value);
    }
    return noChange;
  }
}

/** `<div ${cssVars({'--at': '40%'})}>` */
export const cssVars = directive(CssVarsDirective);
