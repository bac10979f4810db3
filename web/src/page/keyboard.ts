/** Keys of the page. They are off while a form field has the focus, and listed by `?`. */

export interface KeyCommand {
  /** As KeyboardEvent.key gives it; a single letter is matched in either case. */
  readonly keys: readonly string[];
  readonly shift: boolean | null;
  readonly label: string;
  readonly about: string;
  readonly action: KeyAction;
}
export type KeyAction =
  | 'toggle-play'
  | 'next'
  | 'previous'
  | 'next-10'
  | 'previous-10'
  | 'first'
  | 'last'
  | 'frame-selection'
  | 'fit'
  | 'clear'
  | 'go-to'
  | 'help';

export const kKeyCommands: readonly KeyCommand[] = [
  {
    keys: ['ArrowRight', '.'],
    shift: false,
    label: '→ or .',
    about: 'Run the next call',
    action: 'next',
  },
  {
    keys: ['ArrowLeft', ','],
    shift: false,
    label: '← or ,',
    about: 'Take the last call back',
    action: 'previous',
  },
  {keys: ['ArrowRight'], shift: true, label: 'Shift + →', about: 'Ten on', action: 'next-10'},
  {
    keys: ['ArrowLeft'],
    shift: true,
    label: 'Shift + ←',
    about: 'Ten calls back',
    action: 'previous-10',
  },
  {keys: [' '], shift: null, label: 'Space', about: 'Play or pause', action: 'toggle-play'},
  {keys: ['Home'], shift: null, label: 'Home', about: 'Back to the start', action: 'first'},
  {keys: ['End'], shift: null, label: 'End', about: 'To the last call', action: 'last'},
  {
    keys: ['f'],
    shift: null,
    label: 'F',
    about: 'Zoom to the selected block',
    action: 'frame-selection',
  },
  {keys: ['0'], shift: null, label: '0', about: 'Show the whole machine', action: 'fit'},
  {keys: ['g'], shift: null, label: 'G', about: 'Go to a page frame number', action: 'go-to'},
  {keys: ['Escape'], shift: null, label: 'Esc', about: 'Clear the selection', action: 'clear'},
  {keys: ['?'], shift: null, label: '?', about: 'This list', action: 'help'},
];

/** The action of a key press, or null when the page leaves the key alone. */
export function actionOf(event: KeyboardEvent): KeyAction | null {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return null;
  if (isTyping(event)) return null;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const command = kKeyCommands.find(
    (one) => one.keys.includes(key) && (one.shift === null || one.shift === event.shiftKey),
  );
  return command?.action ?? null;
}

/** True when the key belongs to the control that has the focus. */
function isTyping(event: KeyboardEvent): boolean {
  const target = event.composedPath()[0];
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable) return true;
  if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  if (target.closest('dialog') !== null && event.key === 'Escape') return true;
  if (target instanceof HTMLInputElement) {
    return !(target.type === 'checkbox' && !['Enter', ' '].includes(event.key));
  }
  // Space and Enter press a focused button or open a focused summary.
  return event.key === ' ' && target.closest('button, summary, a') !== null;
}
