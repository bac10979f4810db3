/** Keeps the address and the store in step, in both directions. */
import {formatLink, type LinkState, parseLink} from './permalink.ts';
import {bundled, kDefaultRecording} from './sources.ts';
import type {Store, StoreState} from './store.ts';

/** A held key is one way to one place: the address follows when it has come to rest. */
const kQuietMs = 250;

/** Opens what the address says, then follows both. */
export function syncWithUrl(store: Store): void {
  let written = location.hash.replace(/^#/, '');
  let timer = 0;

  const write = () => {
    const {state} = store;
    if (state.phase !== 'ready' || state.playing) return;
    const next = formatLink(linkOf(state));
    if (next === written) return;
    // A jump is a place to come back to; a single step is not.
    if (isJump(parseLink(written), parseLink(next))) history.pushState(null, '', `#${next}`);
    else history.replaceState(null, '', `#${next}`);
    written = next;
  };

  store.addEventListener('change', () => {
    clearTimeout(timer);
    timer = window.setTimeout(write, kQuietMs);
  });

  window.addEventListener('popstate', () => {
    const hash = location.hash.replace(/^#/, '');
    if (hash === written) return;
    const before = parseLink(written);
    written = hash;
    follow(store, before, parseLink(hash));
  });

  openLink(store, parseLink(written));
}

function openLink(store: Store, link: LinkState): void {
  const problem = link.problems.join('; ');
  const source = link.source ?? bundled(kDefaultRecording);
  const opening = link.source ? link : {step: 0, run: [], pfn: null};
  void store.open(source, opening).then(() => {
    if (problem !== '') store.setNotice(`This link is not quite right: ${problem}.`);
  });
}

function follow(store: Store, before: LinkState, link: LinkState): void {
  const machineOf = (state: LinkState) => formatLink({...state, step: 0, pfn: null});
  if (machineOf(before) !== machineOf(link) || link.run.length > 0 || !link.source) {
    openLink(store, link);
    return;
  }
  store.seek(link.step);
  store.select(link.pfn);
}

function isJump(before: LinkState, next: LinkState): boolean {
  const sameMachine = JSON.stringify(before.source) === JSON.stringify(next.source);
  return !sameMachine || Math.abs(before.step - next.step) > 1 || before.pfn !== next.pfn;
}

/** What of the state a link can hold. */
function linkOf(state: StoreState): Omit<LinkState, 'problems'> {
  const fork = state.moment?.fork ?? null;
  const run = fork?.run ?? [];
  const step = run.length > 0 && fork ? fork.at : (state.moment?.view.step ?? 0);
  return {source: state.source, step, run, pfn: state.selection};
}
