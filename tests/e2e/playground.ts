/** The page as a test speaks of it. */
import {test as base, expect, type Locator, type Page} from '@playwright/test';

/** Chromium without a GPU says this when a canvas is read back for a screenshot. */
const kKnownNoise = /GPU stall due to ReadPixels/;

export class Playground {
  readonly page: Page;
  /** Everything the page complained of: console errors and warnings, CSP violations, exceptions. */
  readonly complaints: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on('console', (message) => {
      const isNoise = kKnownNoise.test(message.text());
      if (['error', 'warning'].includes(message.type()) && !isNoise) {
        this.complaints.push(`${message.type()}: ${message.text()}`);
      }
    });
    page.on('pageerror', (error) => this.complaints.push(`exception: ${error.message}`));
  }

  /** Opens a link, e.g. `recording=seq-1&step=40`, and waits until everything is drawn. */
  async open(hash = ''): Promise<void> {
    await this.page.goto(hash === '' ? './' : `./#${hash}`);
    await this.idle();
  }

  /** Resolves when the page has nothing left to do. */
  async idle(): Promise<void> {
    await this.page.waitForFunction(() => window.kmemPlayground !== undefined);
    await this.page.evaluate(() => window.kmemPlayground.whenIdle());
  }

  stateHash(): Promise<string> {
    return this.page.evaluate(() => window.kmemPlayground.stateHash());
  }

  async press(key: string, times = 1): Promise<void> {
    for (let time = 0; time < times; time += 1) await this.page.keyboard.press(key);
    await this.idle();
  }

  async click(target: Locator): Promise<void> {
    await target.click();
    await this.idle();
  }

  get buddyinfo(): Locator {
    return this.page.getByRole('region', {name: '/proc/buddyinfo'});
  }

  async buddyinfoText(): Promise<string> {
    return (await this.buddyinfo.textContent()) ?? '';
  }

  get stepSlider(): Locator {
    return this.page.getByRole('slider', {name: 'Step'});
  }

  async step(): Promise<number> {
    return Number(await this.stepSlider.inputValue());
  }

  get story(): Locator {
    return this.page.getByRole('region', {name: 'What happened'});
  }

  get console(): Locator {
    return this.page.locator('kmem-console');
  }

  get selection(): Locator {
    return this.page.locator('kmem-details');
  }

  /** A cell of the buddy matrix. */
  cell(order: number, migratetype: string): Locator {
    return this.page
      .locator('kmem-buddy')
      .getByRole('button', {name: new RegExp(`^order ${order}, ${migratetype}:`)});
  }

  get blockList(): Locator {
    return this.page.getByRole('list', {name: 'Blocks, head first'});
  }

  /** First frames of the open list, head first. */
  async blocks(): Promise<string[]> {
    return this.blockList.getByRole('button').allTextContents();
  }

  /** Every count of the buddy matrix, as "order 3, Movable: 2". */
  async matrix(): Promise<string[]> {
    const cells = this.page.locator('kmem-buddy button[aria-label^="order "]');
    const labels = await cells.evaluateAll((all) => all.map((one) => one.ariaLabel ?? ''));
    return labels.map((label) => label.replace(/, [+−]\d+$/, ''));
  }

  /** Makes one call from the console's form. */
  async call(name: string, fields: Record<string, string> = {}): Promise<void> {
    await this.console.getByLabel('call', {exact: true}).selectOption(name);
    for (const [label, value] of Object.entries(fields)) {
      const field = this.console.getByLabel(label, {exact: true});
      if (label === 'GFP flags') await field.selectOption(value);
      else await field.fill(value);
    }
    await this.click(this.console.getByRole('button', {name: 'Run this call'}));
  }

  get result(): Locator {
    return this.console.getByRole('status');
  }
}

/** A test with the page, which fails when the page complained of anything. */
export const test = base.extend<{playground: Playground}>({
  playground: async ({page}, use) => {
    await page.addInitScript(() => {
      addEventListener('securitypolicyviolation', (event) => {
        console.error(`blocked by the policy: ${event.violatedDirective} ${event.blockedURI}`);
      });
    });
    const playground = new Playground(page);
    await use(playground);
    expect(playground.complaints, 'the page complained').toEqual([]);
  },
});

export {expect};
