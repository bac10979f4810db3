/** Starts the page: one worker, one store, one element that shows it. */
import {EngineClient} from '../engine/client.ts';
import '../elements/playground_element.ts';
import type {PlaygroundElement} from '../elements/playground_element.ts';
import {IdleWatch, nextFrame} from './idle.ts';
import {Store} from './store.ts';
import {ThemeChoice} from './theme.ts';
import {syncWithUrl} from './url_sync.ts';

/** For tests and for scripts that take pictures. */
export interface PlaygroundHandle {
  /** Resolves when no request, frame or playback is pending. */
  whenIdle(): Promise<void>;
  /** Hash of the whole simulated machine. */
  stateHash(): Promise<string>;
}

declare global {
  interface Window {
    kmemPlayground: PlaygroundHandle;
  }
}

const idle = new IdleWatch();
const store = new Store(new EngineClient(), idle, nextFrame);
const element = document.querySelector<PlaygroundElement>('kmem-playground');
if (element) {
  element.theme = new ThemeChoice();
  element.store = store;
}
window.kmemPlayground = {
  whenIdle: () => idle.whenIdle(),
  stateHash: () => store.stateHash(),
};
syncWithUrl(store);
