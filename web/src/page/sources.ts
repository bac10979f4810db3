/** The machines a person can choose from, and how a link names them. */
import type {MachineConfig, ProfileName} from '../engine/model.ts';
import type {Source} from '../engine/protocol.ts';
import recordings from './recordings.json';

export interface BundledRecording {
  readonly name: string;
  readonly title: string;
  readonly about: string;
}

/** Recordings that come with the page, packed by scripts/build.mjs. */
export const kRecordings: readonly BundledRecording[] = recordings;

export interface KernelChoice {
  readonly profile: ProfileName;
  readonly title: string;
  readonly about: string;
}

export const kNewestProfile: ProfileName = '6.1.192';

/** Kernels that a pristine machine can run. */
export const kKernels: readonly KernelChoice[] = [
  {
    profile: kNewestProfile,
    title: 'Linux 6.1.192, x86-64',
    about: 'Free blocks grouped by migratetype; compared with recordings of a real kernel.',
  },
  {
    profile: '2.6.18-i386',
    title: 'Linux 2.6.18, i386 with HighMem',
    about:
      'The kernel of the classic texts: no migratetypes, hot and cold lists, 896 MiB of lowmem.',
  },
  {
    profile: '2.6.18-x86_64',
    title: 'Linux 2.6.18, x86-64',
    about: 'The same without high memory, with DMA32.',
  },
];

/** The smallest of the recordings: it is part of the first load. */
export const kDefaultRecording = 'seq-1';

/** Path of a bundled recording, relative to the page so that any folder can host it. */
export function bundled(name: string): Source {
  return {kind: 'recording', name, url: `recordings/${name}.lines.gz`};
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
    case 'pristine': {
      const kernel = source.config.profile ?? kNewestProfile;
      return `${kernel}, ${memoryMib(source.config)} MiB`;
    }
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
        `A freshly booted machine with Linux ${release}: ${memoryMib(source.config)} MiB of ` +
        `RAM, ${cpus} CPU${cpus === 1 ? '' : 's'}, nothing allocated yet.`
      );
    }
  }
}
