/** Where the numbers of a zone stand on its gauge, and what they mean. */
import type {ZoneCheck} from '../engine/explain.ts';
import type {ZoneView} from '../engine/model.ts';

/** Share of the bar given to the stretch around the watermarks. */
const kLowShare = 0.5;
/** The stretch ends a little above the high mark, which keeps the three marks apart. */
const kKneeOfHigh = 1.3;

export interface ZoneGauge {
  /** Positions in percent of the bar. */
  readonly free: number;
  readonly min: number;
  readonly low: number;
  readonly high: number;
  /** End of the boost, which lies above the marks as they would be without it. */
  readonly boost: {readonly from: number; readonly to: number} | null;
  readonly needs: number | null;
  readonly breakAt: number;
  readonly verdict: string;
  readonly level: 'good' | 'warn' | 'bad';
}

/**
 * The watermarks lie in the lowest hundredth of a zone, so the bar has two scales: its first half
 * goes linearly to a little above the high mark, its second half on to the managed pages.
 */
export function gaugeOf(zone: ZoneView, check: ZoneCheck | null = null): ZoneGauge {
  const highest = Math.max(zone.high + zone.boost, check?.needs ?? 0);
  const knee = Math.max(1, Math.min(kKneeOfHigh * highest, zone.managed));
  const at = (pages: number) => {
    if (pages <= knee) return (100 * kLowShare * Math.max(0, pages)) / knee;
    const rest = Math.max(1, zone.managed - knee);
    return 100 * (kLowShare + (1 - kLowShare) * Math.min(1, (pages - knee) / rest));
  };
  const marks = {
    free: at(zone.free),
    min: at(zone.min + zone.boost),
    low: at(zone.low + zone.boost),
    high: at(zone.high + zone.boost),
    boost: zone.boost > 0 ? {from: at(zone.min), to: at(zone.min + zone.boost)} : null,
    needs: check ? at(check.needs) : null,
    breakAt: 100 * kLowShare,
  };
  return {...marks, ...verdictOf(zone)};
}

function verdictOf(zone: ZoneView): Pick<ZoneGauge, 'verdict' | 'level'> {
  const {free, boost} = zone;
  if (free > zone.high + boost) {
    return {verdict: 'above high: kswapd sleeps', level: 'good'};
  }
  if (free > zone.low + boost) {
    return {verdict: 'between low and high: still enough', level: 'good'};
  }
  if (free > zone.min + boost) {
    return {verdict: 'below low: allocations wake kswapd', level: 'warn'};
  }
  return {verdict: 'below min: only the reserves are left', level: 'bad'};
}
