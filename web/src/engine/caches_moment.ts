/** What the page shows of the caches. */
import type {CacheView, SlabView} from './model.ts';
import type {CacheKey, CachesMoment} from './protocol.ts';
import type {Session} from './session.ts';

const kFrameBytes = 4096;

export function cachesMoment(session: Session, key: CacheKey): CachesMoment {
  const rows = session.caches();
  const exists = rows.some((row) => row.name === key.name);
  const cache = exists ? session.cache(key.name) : null;
  const slab = cache?.slabList.find((one) => one.pfn === key.slab) ?? null;
  return {rows, cache, bytes: cache && slab ? bytesOf(session, cache, slab, key.object) : null};
}

function bytesOf(
  session: Session,
  cache: CacheView,
  slab: SlabView,
  object: number | null,
): Uint8Array | null {
  if (object === null || object >= slab.objects) return null;
  const bytes = new Uint8Array(cache.size);
  const start = slab.first + object * cache.size;
  // An object may lie across the end of a frame.
  for (let done = 0; done < bytes.length; ) {
    const at = start + done;
    const offset = at % kFrameBytes;
    const length = Math.min(bytes.length - done, kFrameBytes - offset);
    const frame = slab.pfn + Math.floor(at / kFrameBytes);
    bytes.set(session.readBytes(frame, offset, length), done);
    done += length;
  }
  return bytes;
}
