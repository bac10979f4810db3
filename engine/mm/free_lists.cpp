#include "mm/free_lists.h"

namespace kmem {

namespace {

// Halves the block until it fits. The lowest part stays, because later requests of a smaller
// order then find the upper halves without splitting again.
void expand(Mm& mm, Zone& zone, Page page, Order wanted, Order found, Migratetype type) {
  for (Order order = found; order > wanted;) {
    order -= 1;
    const Page upper{page.index + pages_in(order)};
    add_to_free_list(mm, zone, upper, order, type);
    mm.trace->decision(Event::buddy_split, zone.index, order, mm.pfn(upper), index_of(type),
                       uint32_t{order} + 1);
  }
}

MergeStop why_not_merged(const Mm& mm, const Zone& zone, Page buddy) {
  if (buddy.index >= mm.map.size() || mm.map.zone(buddy) != zone.index) {
    return MergeStop::outside_zone;
  }
  return mm.map.in_buddy(buddy) ? MergeStop::other_order : MergeStop::not_free;
}

void note_merge_stop(const Mm& mm, const Zone& zone, Page page, Page buddy, Order order,
                     MergeStop reason) {
  if (!mm.trace->decisions()) return;
  const bool known = buddy.index < mm.map.size();
  mm.trace->decision(Event::buddy_merge_stop, zone.index, order, mm.pfn(page),
                     known ? mm.pfn(buddy) : UINT32_MAX, static_cast<uint32_t>(reason),
                     known ? uint32_t{mm.map.order(buddy)} : 0u);
}

bool is_buddy(const Mm& mm, const Zone& zone, Page page, Order order) {
  return page.index < mm.map.size() && mm.map.is_buddy(page, order, zone.index);
}

// From pageblock size on, a block may span two pageblocks. Types whose blocks are counted or
// fenced off (HighAtomic, CMA, Isolate) must not be swallowed by a neighbour.
bool types_forbid_merge(const Mm& mm, Page buddy, Order order, Migratetype type) {
  if (order < mm.config.pageblock_order) return false;
  const Migratetype other = mm.map.pageblock_type(buddy);
  return type != other && (!is_mergeable(type) || !is_mergeable(other));
}

// If the next bigger buddy is free already, this block is likely to merge as soon as its own buddy
// is freed: at the tail it will be handed out last.
bool buddy_merge_likely(const Mm& mm, const Zone& zone, Page page, Page buddy, Order order) {
  if (order + 1 >= mm.config.max_order()) return false;
  const Page higher{page.index & buddy.index};
  return is_buddy(mm, zone, buddy_of(higher, order + 1), order + 1);
}

// Whoever compacts for a block of just this size gets it before it reaches a list, where somebody
// else could take it. Not out of movable pageblocks for less than a pageblock: an unmovable
// request must not get into them through this door.
// @kernel compaction_capture(), mm/page_alloc.c
bool compaction_capture(Mm& mm, const Zone& zone, Page page, Order order, Migratetype type) {
  CaptureControl* const capture = mm.capture;
  if (capture == nullptr || capture->page != kNoPage) return false;
  if (capture->zone != zone.index || capture->order != order) return false;
  if (type == Migratetype::cma || type == Migratetype::isolate) return false;
  if (order < mm.config.pageblock_order && type == Migratetype::movable) return false;
  capture->page = page;
  mm.map.set_taken(page, order);
  mm.trace->decision(Event::compact_capture, zone.index, order, mm.pfn(page), index_of(type));
  return true;
}

}  // namespace

Page free_list_head(const Mm& mm, const Zone& zone, Order order, Migratetype type) {
  const uint32_t first = mm.map.next(zone.free_head(order, type));
  return first < mm.map.size() ? Page{first} : kNoPage;
}

void add_to_free_list(Mm& mm, Zone& zone, Page page, Order order, Migratetype type) {
  const uint32_t head = zone.free_head(order, type);
  mm.map.link(page, head, mm.map.next(head));
  mm.map.set_buddy(page, order);
  mm.map.paint(page, FrameKind::free, type);
  zone.nr_free[order] += 1;
}

void add_to_free_list_tail(Mm& mm, Zone& zone, Page page, Order order, Migratetype type) {
  const uint32_t head = zone.free_head(order, type);
  mm.map.link(page, mm.map.prev(head), head);
  mm.map.set_buddy(page, order);
  mm.map.paint(page, FrameKind::free, type);
  zone.nr_free[order] += 1;
}

void del_page_from_free_list(Mm& mm, Zone& zone, Page page, Order order) {
  mm.map.unlink(page);
  mm.map.set_taken(page, order);
  zone.nr_free[order] -= 1;
}

void move_to_free_list(Mm& mm, Zone& zone, Page page, Order order, Migratetype type) {
  del_page_from_free_list(mm, zone, page, order);
  add_to_free_list_tail(mm, zone, page, order, type);
}

// The list is a ring through its head node, so turning it round is moving that one node.
void rotate_list_to_head(Mm& mm, Zone& zone, Page page, Order order, Migratetype type) {
  const Page head{zone.free_head(order, type)};
  mm.map.unlink(head);
  mm.map.link(head, mm.map.prev(page.index), page.index);
}

void rotate_list_to_tail(Mm& mm, Zone& zone, Page page, Order order, Migratetype type) {
  const Page head{zone.free_head(order, type)};
  mm.map.unlink(head);
  mm.map.link(head, page.index, mm.map.next(page.index));
}

Page rmqueue_smallest(Mm& mm, Zone& zone, Order order, Migratetype type) {
  for (Order found = order; found < mm.config.nr_orders; ++found) {
    const Page page = free_list_head(mm, zone, found, type);
    if (page == kNoPage) continue;
    del_page_from_free_list(mm, zone, page, found);
    mm.trace->decision(Event::buddy_take, zone.index, order, mm.pfn(page), found, index_of(type));
    expand(mm, zone, page, order, found, type);
    mm.map.set_taken(page, order);
    mm.map.set_cached_type(page, type);
    return page;
  }
  return kNoPage;
}

void free_one_page(Mm& mm, Zone& zone, Page page, Order order, Migratetype type, FpiFlags flags) {
  if (type != Migratetype::isolate) {
    mod_zone_freepage_state(mm, zone, static_cast<int32_t>(pages_in(order)), type);
  }
  Page buddy = page;
  while (order < mm.config.max_order()) {
    if (compaction_capture(mm, zone, page, order, type)) {
      mod_zone_freepage_state(mm, zone, -static_cast<int32_t>(pages_in(order)), type);
      return;
    }
    buddy = buddy_of(page, order);
    if (!is_buddy(mm, zone, buddy, order)) {
      note_merge_stop(mm, zone, page, buddy, order, why_not_merged(mm, zone, buddy));
      break;
    }
    if (types_forbid_merge(mm, buddy, order, type)) {
      note_merge_stop(mm, zone, page, buddy, order, MergeStop::unmergeable);
      break;
    }
    del_page_from_free_list(mm, zone, buddy, order);
    page.index &= buddy.index;
    mm.trace->decision(Event::buddy_merge, zone.index, order, mm.pfn(page), mm.pfn(buddy),
                       index_of(type));
    order += 1;
  }

  BuddyPlace place = BuddyPlace::head;
  if (flags == FpiFlags::to_tail) {
    place = BuddyPlace::tail_asked;
  } else if (buddy_merge_likely(mm, zone, page, buddy, order)) {
    place = BuddyPlace::tail_merge_likely;
  }
  if (place == BuddyPlace::head) {
    add_to_free_list(mm, zone, page, order, type);
  } else {
    add_to_free_list_tail(mm, zone, page, order, type);
  }
  mm.trace->decision(Event::buddy_put, zone.index, order, mm.pfn(page), index_of(type),
                     static_cast<uint32_t>(place));
}

}  // namespace kmem
