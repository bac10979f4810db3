/** The machines a person can choose from, and how a link names them. */
import type {MachineConfig} from '../engine/model.ts';
import type {Source} from '../engine/protocol.ts';

export interface BundledRecording {
  readonly name: string;
  readonly title: string;
  readonly about: string;
}

/** Recordings that come with the page. */
export const kRecordings: readonly BundledRecording[] = [
  {
    name: 'seq-1',
    title: 'Same order, one after another',
    about: 'Runs of one order, freed last-first, first-first and odd-even',
  },
  {
    name: 'mixed-1',
    title: 'All orders, random frees',
    about: 'Orders 0 to 10, allocated and freed in random order',
  },
  {
    name: 'pcp-1',
    title: 'Bursts through the per-CPU lists',
    about: 'Orders 0 to 3 and bulk requests across high and batch',
  },
];

/** The smallest of them: it is part of the first load. */
export const kDefaultRecording = 'seq-1';

/** Path of a bundled recording, relative to the page so that any folder can host it. */
export function bundled(name: string): Source {
  return {kind: 'recording', name, url: `recordings/${name}.jsonl.gz`};
}

function memoryMib(config: MachineConfig): number {
  const frames = (config.memory ?? []).reduce((sum, {start_pfn, end_pfn}) => {
    return sum + end_pfn - start_pfn;
  }, 0);
  return config.memory_mib ?? Math.round(frames / 256);
}

function cpuCount({cpus = 1}: MachineConfig): number {
  return typeof cpus === 'number' ? cpus : cpus.reduce((sum, each) => sum + each, 0);
}

export function sourceTitle(source: Source): string {
  switch (source.kind) {
    case 'recording':
      return source.name;
    case 'file':
      return source.name;
    case 'pristine':
      return `pristine, ${memoryMib(source.config)} MiB`;
  }
}

/** One sentence on where the machine comes from. */
export function describeSource(source: Source, release: string): string {
  switch (source.kind) {
    case 'recording':
      return `A real machine: stock Debian, Linux ${release}. That kernel made every call here.`;
    case 'file':
      return `Your recording ${source.name}. It stays in this tab.`;
    case 'pristine': {
      const cpus = cpuCount(source.config);
      return (
        `A freshly booted machine: ${memoryMib(source.config)} MiB of RAM, ` +
        `${cpus} CPU${cpus === 1 ? '' : 's'}, nothing allocated yet.`
      );
    }
  }
}
