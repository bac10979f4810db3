/**
 * The part of the page's state that a link carries:
 * `#recording=mixed-1&step=40&run=alloc_pages(GFP_KERNEL,3)&sel=pfn:0x10039e`, or
 * `#pristine=256&cpus=2&kernel=2.6.18-i386&config={"min_free_kbytes":2048}`.
 * A link is foreign data: whatever cannot be understood is reported and left out.
 */
import type {MachineConfig, ProfileName, UserCommand} from '../engine/model.ts';
import type {Source} from '../engine/protocol.ts';
import {parsePfn, pfnText} from '../render/format.ts';
import {formatCall, parseCall} from './call_text.ts';
import {bundled, kDefaultRecording, kRecordings} from './sources.ts';

/** How many calls of the user a link may hold. */
const kLinkedCallsMax = 100;

export interface LinkState {
  /** null when the link names a file of somebody's disk, which no link can open. */
  readonly source: Source | null;
  /** Step to go to before `run`. */
  readonly step: number;
  /** Calls of the user, made at that step. */
  readonly run: readonly UserCommand[];
  readonly pfn: number | null;
  /** What could not be understood, for people. */
  readonly problems: readonly string[];
}

/** Writes the hash of a link, without `#`. */
export function formatLink(state: Omit<LinkState, 'problems'>): string {
  const parts: string[] = [];
  const {source} = state;
  if (source?.kind === 'recording') parts.push(`recording=${encodeURIComponent(source.name)}`);
  if (source?.kind === 'file') parts.push(`file=${encodeURIComponent(source.name)}`);
  if (source?.kind === 'pristine') {
    const {memory_mib, cpus, profile, ...rest} = source.config;
    parts.push(`pristine=${memory_mib ?? ''}`);
    if (typeof cpus === 'number') parts.push(`cpus=${cpus}`);
    if (profile !== undefined) parts.push(`kernel=${profile}`);
    const others = typeof cpus === 'number' ? rest : {...rest, cpus};
    const text = JSON.stringify(others);
    if (text !== '{}') parts.push(`config=${encodeURIComponent(text)}`);
  }
  if (state.step > 0) parts.push(`step=${state.step}`);
  if (state.run.length > 0 && state.run.length <= kLinkedCallsMax) {
    const calls = state.run.map((command) => formatCall(command).replaceAll(' ', ''));
    parts.push(`run=${calls.join(';')}`);
  }
  if (state.pfn !== null) parts.push(`sel=pfn:${pfnText(state.pfn)}`);
  return parts.join('&');
}

/** Reads a hash, with or without `#`. */
export function parseLink(hash: string): LinkState {
  const problems: string[] = [];
  const values = new Map<string, string>();
  for (const part of hash.replace(/^#/, '').split('&')) {
    const [key = '', ...rest] = part.split('=');
    if (key !== '') values.set(key, decode(rest.join('=')));
  }
  const stepText = values.get('step') ?? '0';
  const step = /^\d{1,9}$/.test(stepText) ? Number(stepText) : 0;
  if (stepText !== String(step)) problems.push(`step "${stepText}" is not a number`);

  const selText = values.get('sel');
  const pfn = selText === undefined ? null : parsePfn(selText);
  if (selText !== undefined && pfn === null) {
    problems.push(`selection "${selText}" is not a page frame number`);
  }
  return {
    source: parseSource(values, problems),
    step,
    run: parseRun(values.get('run') ?? '', problems),
    pfn,
    problems,
  };
}

function parseSource(values: Map<string, string>, problems: string[]): Source | null {
  const memory = values.get('pristine');
  if (memory !== undefined) {
    return {kind: 'pristine', config: parseConfig(memory, values, problems)};
  }
  const file = values.get('file');
  if (file !== undefined) {
    problems.push(`the link was made from the file ${file}, which only its owner has`);
    return null;
  }
  const name = values.get('recording') ?? kDefaultRecording;
  if (kRecordings.some((recording) => recording.name === name)) return bundled(name);
  problems.push(`there is no recording "${name}"`);
  return null;
}

/** What is allowed in a machine is for the engine to say; here it only has to be readable. */
function parseConfig(
  memory: string,
  values: Map<string, string>,
  problems: string[],
): MachineConfig {
  const others = parseJsonObject(values.get('config') ?? '{}');
  if (others === null) problems.push('config is not a JSON object');
  const kernel = values.get('kernel');
  return {
    ...others,
    ...(memory === '' ? {} : {memory_mib: Number(memory)}),
    ...(others && 'cpus' in others ? {} : {cpus: Number(values.get('cpus') ?? '1')}),
    ...(kernel === undefined ? {} : {profile: kernel as ProfileName}),
  };
}

function parseJsonObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function parseRun(text: string, problems: string[]): readonly UserCommand[] {
  const commands: UserCommand[] = [];
  for (const call of text.split(';').filter((piece) => piece.trim() !== '')) {
    try {
      commands.push(parseCall(call));
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
      break;
    }
  }
  if (commands.length > kLinkedCallsMax) {
    problems.push(`a link may hold ${kLinkedCallsMax} calls`);
    commands.length = kLinkedCallsMax;
  }
  return commands;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
