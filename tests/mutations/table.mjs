// Single-rule mutations of the engine: what would be wrong if one rule of the page allocator were
// forgotten. Each must be caught by a recording of the real kernel or by a worked example in
// tests/engine; run.mjs checks that.
//
// Not here: "the upper half of a split goes to the tail". A block is split only when the lists
// below it are empty, so head and tail are the same place.
//
// `search` must occur exactly once in `file`; when the engine changes, the row changes with it.

/** @typedef {{name: string, file: string, search: string, replace: string}} Mutation */

/** @type {readonly Mutation[]} */
export const mutations = [
  {
    name: 'fallback order of unmovable swapped',
    file: 'mm/fallback.cpp',
    search: '{Migratetype::reclaimable, Migratetype::movable},',
    replace: '{Migratetype::movable, Migratetype::reclaimable},',
  },
  {
    name: 'fallback order of movable swapped',
    file: 'mm/fallback.cpp',
    search: '{Migratetype::reclaimable, Migratetype::unmovable},',
    replace: '{Migratetype::unmovable, Migratetype::reclaimable},',
  },
  {
    name: 'fallback takes the smallest block first',
    file: 'mm/fallback.cpp',
    search: 'for (Order found = mm.config.nr_orders; found-- > min_order;) {',
    replace: 'for (Order found = min_order; found < mm.config.nr_orders; ++found) {',
  },
  {
    name: 'movable requests steal whole blocks of any size',
    file: 'mm/fallback.cpp',
    search: 'if (!suitable->can_steal && start_type == Migratetype::movable && found > order) {',
    replace: 'if (false) {',
  },
  {
    name: 'pageblocks are claimed from a quarter on',
    file: 'mm/fallback.cpp',
    search: 'move.free_pages + alike >= mm.config.pageblock_nr_pages() / 2',
    replace: 'move.free_pages + alike >= mm.config.pageblock_nr_pages() / 4',
  },
  {
    name: 'pages of the same kind do not count for a claim',
    file: 'mm/fallback.cpp',
    search: 'return mm.config.pageblock_nr_pages() - (move.free_pages + move.movable_pages);',
    replace: 'return 0;',
  },
  {
    name: 'stealing does not boost the watermarks',
    file: 'mm/fallback.cpp',
    search: 'zone.watermark_boost = std::min(before + block, most);',
    replace: 'zone.watermark_boost = before;',
  },
  {
    name: 'moved blocks go to the head',
    file: 'mm/free_lists.cpp',
    search: `del_page_from_free_list(mm, zone, page, order);
  add_to_free_list_tail(mm, zone, page, order, type);`,
    replace: `del_page_from_free_list(mm, zone, page, order);
  add_to_free_list(mm, zone, page, order, type);`,
  },
  {
    name: 'blocks are taken from the tail',
    file: 'mm/free_lists.cpp',
    search: 'const uint32_t first = mm.map.next(zone.free_head(order, type));',
    replace: 'const uint32_t first = mm.map.prev(zone.free_head(order, type));',
  },
  {
    name: 'a block that will merge goes to the head too',
    file: 'mm/free_lists.cpp',
    search: '} else if (buddy_merge_likely(mm, zone, page, buddy, order)) {',
    replace: '} else if (false) {',
  },
  {
    name: 'the surplus of an exact allocation goes to the head',
    file: 'mm/free_lists.cpp',
    search: 'if (flags == FpiFlags::to_tail) {',
    replace: 'if (false) {',
  },
  {
    name: 'HighAtomic pageblocks merge with others',
    file: 'mm/free_lists.cpp',
    search: 'return type != other && (!is_mergeable(type) || !is_mergeable(other));',
    replace: 'return false;',
  },
  {
    name: 'sizing: zone Movable has no part in min_free_kbytes',
    file: 'mm/sizing.cpp',
    search: 'if (!is_highmem(zone)) sum += sized_pages(mm, zone);',
    replace: 'if (zone.type <= ZoneType::normal) sum += sized_pages(mm, zone);',
  },
  {
    name: 'CMA: movable requests look there last only',
    file: 'mm/rmqueue.cpp',
    search: 'if (may_use_cma && zone.vm_free_cma > zone.vm_free / 2) {',
    replace: 'if (false) {',
  },
  {
    name: 'CMA: any request falls back to it',
    file: 'mm/rmqueue.cpp',
    search:
      'if (page == kNoPage && may_use_cma) page = smallest(mm, zone, order, Migratetype::cma);',
    replace: 'if (page == kNoPage) page = smallest(mm, zone, order, Migratetype::cma);',
  },
  {
    name: 'CMA: its free pages count as usable for all',
    file: 'mm/watermark.cpp',
    search: 'if ((flags & alloc_flags::kCma) == 0) unusable += zone.vm_free_cma;',
    replace: '',
  },
  {
    name: 'CMA: a freed page joins the movable ones',
    file: 'mm/pcp.cpp',
    search: `    list = order_to_pindex(order, Migratetype::movable);
  }
  mm.map.set_cached_type(page, type);`,
    replace: `    list = order_to_pindex(order, Migratetype::movable);
  }
  mm.map.set_cached_type(page, type == Migratetype::cma ? Migratetype::movable : type);`,
  },
  {
    name: 'CMA: a refill is not counted',
    file: 'mm/pcp.cpp',
    search:
      'mod_free_cma_pages(zone, mm.map.cached_type(page), -static_cast<int32_t>(pages_in(order)));',
    replace: '',
  },
  {
    name: 'isolated: a page on a per-CPU list keeps its old type',
    file: 'mm/pcp.cpp',
    search: 'const bool isolating = zone.nr_isolate_pageblock != 0;',
    replace: 'const bool isolating = false;',
  },
  {
    name: 'isolated: freed pages wait on the per-CPU list',
    file: 'mm/pcp.cpp',
    search: 'if (type == Migratetype::isolate) {',
    replace: 'if (false) {',
  },
  {
    name: 'isolated: freed pages count as free',
    file: 'mm/free_lists.cpp',
    search: 'if (type != Migratetype::isolate) {',
    replace: 'if (true) {',
  },
  {
    name: 'isolated: compaction counts what it takes there',
    file: 'mm/compaction_free.cpp',
    search: `if (type != Migratetype::isolate) {
    const int64_t mark`,
    replace: `if (true) {
    const int64_t mark`,
  },
  {
    name: 'free_factor does not grow the next flush',
    file: 'mm/pcp.cpp',
    search: 'const int32_t pages = pcp.batch << pcp.free_factor;',
    replace: 'const int32_t pages = pcp.batch;',
  },
  {
    name: 'allocating does not halve free_factor',
    file: 'mm/pcp.cpp',
    search: 'if (!keep_free_factor) pcp.free_factor >>= 1;',
    replace: '',
  },
  {
    name: 'a high-order free does not empty the per-CPU lists',
    file: 'mm/pcp.cpp',
    search: 'plan.free_high = pcp.free_factor != 0 && order > 0 && order <= kCostlyOrder;',
    replace: 'plan.free_high = false;',
  },
  {
    name: 'per-CPU lists are flushed one page later',
    file: 'mm/pcp.cpp',
    search: 'if (pcp.count() < plan.high) return;',
    replace: 'if (pcp.count() <= plan.high) return;',
  },
  {
    name: 'freed pages go to the tail of the per-CPU list',
    file: 'mm/pcp.cpp',
    search: 'mm.map.link(page, head, mm.map.next(head));',
    replace: 'mm.map.link(page, mm.map.prev(head), head);',
  },
  {
    name: 'refilled pages go to the head of the per-CPU list',
    file: 'mm/pcp.cpp',
    search: 'mm.map.link(page, mm.map.prev(head), head);',
    replace: 'mm.map.link(page, head, mm.map.next(head));',
  },
  {
    name: 'a refill of a high order takes one block',
    file: 'mm/pcp.cpp',
    search: 'std::max(pcp.batch >> order, 2)',
    replace: 'std::max(pcp.batch >> order, 1)',
  },
  {
    name: 'a flush begins at the first list',
    file: 'mm/pcp.cpp',
    search: 'for (uint32_t list = first_list; count > 0;',
    replace: 'for (uint32_t list = 0; count > 0;',
  },
  {
    name: 'a flush takes the newest pages',
    file: 'mm/pcp.cpp',
    search: 'const Page page{mm.map.prev(head)};',
    replace: 'const Page page{mm.map.next(head)};',
  },
  {
    name: 'NOFRAGMENT ignored',
    file: 'mm/page_alloc.cpp',
    search: 'return alloc_flags::kNoFragment;',
    replace: 'return 0;',
  },
  {
    name: 'atomic requests reserve no pageblock',
    file: 'mm/page_alloc.cpp',
    search: 'reserve_highatomic_pageblock(mm, zone, page, context.order);',
    replace: '',
  },
  {
    name: 'HighAtomic reserve counts as usable',
    file: 'mm/watermark.cpp',
    search: 'unusable += zone.nr_reserved_highatomic;',
    replace: 'unusable += 0;',
  },
  {
    name: 'lowmem_reserve ignored',
    file: 'mm/watermark.cpp',
    search: 'return index < zone.lowmem_reserve.size() ? zone.lowmem_reserve[index] : 0;',
    replace: 'return index < 0 ? 1 : 0;',
  },
  {
    name: 'the drift of the free counter ignored',
    file: 'mm/watermark.cpp',
    search: 'return std::max<int64_t>(zone.vm_free, 0);',
    replace: 'return std::max<int64_t>(zone.vm_free + zone.vm_free_diff.back(), 0);',
  },
  {
    name: 'the watermark itself passes',
    file: 'mm/watermark.cpp',
    search: 'if (usable <= floor + reserve_of(zone, request.highest_zoneidx)) {',
    replace: 'if (usable < floor + reserve_of(zone, request.highest_zoneidx)) {',
  },
  {
    name: 'atomic requests may not go below half',
    file: 'mm/watermark.cpp',
    search: 'if ((flags & alloc_flags::kNonBlock) != 0) mark -= mark / 4;',
    replace: '',
  },
  {
    name: 'compaction: a pageblock visited twice is not finished',
    file: 'mm/compaction.cpp',
    search: 'cc.finish_block = last_migrated_pfn != 0 &&',
    replace: 'cc.finish_block = false &&',
  },
  {
    name: 'compaction: freed pages stay on the per-CPU lists',
    file: 'mm/compaction.cpp',
    search: 'if (last_migrated_pfn >= block) return;',
    replace: 'return;',
  },
  {
    name: 'compaction: async runs look into pageblocks of every type',
    file: 'mm/compaction_migrate.cpp',
    search: 'if (!cc.async || !cc.direct) return true;',
    replace: 'return true;',
  },
  {
    name: 'compaction: a hint does not keep a run out',
    file: 'mm/compaction_skip.cpp',
    search: 'return cc.ignore_skip_hint || !mm.map.pageblock_skip(page);',
    replace: 'return true;',
  },
  {
    name: 'compaction: the search for free pages does not turn the list',
    file: 'mm/compaction_free.cpp',
    search: 'if (turn.index != head) rotate_list_to_head',
    replace: 'if (false) rotate_list_to_head',
  },
  {
    name: 'compaction: a failure is not remembered',
    file: 'mm/compaction_deferral.cpp',
    search: 'std::min(state.defer_shift + 1, kCompactMaxDeferShift)',
    replace: 'state.defer_shift',
  },
  {
    name: 'kswapd keeps the boost',
    file: 'mm/kswapd.cpp',
    search: 'zone.watermark_boost = 0;',
    replace: ';',
  },
  {
    name: 'compaction needs only one block of room',
    file: 'mm/compaction.h',
    search: 'return int64_t{2} << order;',
    replace: 'return int64_t{1} << order;',
  },
  {
    name: 'SLUB: a chain is drained one slab later',
    file: 'slab/slub_partial.cpp',
    search: 'if (drain && slabs >= cache.cpu_partial_slabs) {',
    replace: 'if (drain && slabs > cache.cpu_partial_slabs) {',
  },
  {
    name: 'SLUB: drained slabs go to the head',
    file: 'slab/slub_partial.cpp',
    search: `      add_partial(slub, cache, id, PartialPlace::tail);
    }
    id = next;`,
    replace: `      add_partial(slub, cache, id, PartialPlace::head);
    }
    id = next;`,
  },
  {
    name: 'SLUB: one more empty slab is kept',
    file: 'slab/slub_partial.cpp',
    search: `    if (slab.inuse == 0 && node_of(cache, slab).nr_partial >= cache.min_partial) {
      slab.next = discarded;`,
    replace: `    if (slab.inuse == 0 && node_of(cache, slab).nr_partial > cache.min_partial) {
      slab.next = discarded;`,
  },
  {
    name: 'SLUB: a slab given up goes to the tail',
    file: 'slab/slub_partial.cpp',
    search: 'remote_frees ? PartialPlace::tail : PartialPlace::head',
    replace: 'PartialPlace::tail',
  },
  {
    name: 'SLUB: a slab given up goes to the head',
    file: 'slab/slub_partial.cpp',
    search: 'remote_frees ? PartialPlace::tail : PartialPlace::head',
    replace: 'PartialPlace::head',
  },
  {
    name: 'SLUB: fewer slabs are taken from the node',
    file: 'slab/slub_alloc.cpp',
    search: 'chained > cache.cpu_partial_slabs / 2',
    replace: 'chained >= cache.cpu_partial_slabs / 2',
  },
  {
    name: 'SLUB: objects of another node are good enough',
    file: 'slab/slub_alloc.cpp',
    search: 'if (node != kAnyNode && slab.node != node) {',
    replace: 'if (false) {',
  },
  {
    name: 'SLUB: shrink keeps the order of equally full slabs',
    file: 'slab/slub_shrink.cpp',
    search: `for (size_t i = slabs.size(); i-- > 0;) {
      if (free_objects`,
    replace: `for (size_t i = 0; i < slabs.size(); ++i) {
      if (free_objects`,
  },
  {
    name: 'SLUB: shrink frees empty slabs in the order of the list',
    file: 'slab/slub_shrink.cpp',
    search: `  for (size_t i = slabs.size(); i-- > 0;) {
    if (slub.slab(slabs[i]).inuse == 0) discard_slab(slub, cache, slabs[i]);
  }
}

}  // namespace`,
    replace: `  for (size_t i = 0; i < slabs.size(); ++i) {
    if (slub.slab(slabs[i]).inuse == 0) discard_slab(slub, cache, slabs[i]);
  }
}

}  // namespace`,
  },
  {
    name: 'SLUB: an emptied slab on the list stays whatever the node has',
    file: 'slab/slub_free.cpp',
    search: '} else if (slab.inuse == 0 && node.nr_partial >= cache.min_partial) {',
    replace: '} else if (false) {',
  },
  {
    name: 'SLUB: slabs are asked for with all reclaim',
    file: 'slab/slub_page.cpp',
    search: 'eager = (eager | gfp::kNoMemAlloc) & ~kReclaimBits;',
    replace: 'eager = flags;',
  },
  {
    name: 'SLUB: RECLAIM_ACCOUNT does not ask for reclaimable pages',
    file: 'slab/slub_geometry.cpp',
    search: 'cache.allocflags |= gfp::kReclaimable;',
    replace: '{}',
  },
  {
    name: 'SLAB: a CPU that was idle gets a whole batch',
    file: 'slab/slab_refill.cpp',
    search: 'const bool cold = !array.touched && array.batchcount > kColdBatch;',
    replace: 'const bool cold = false;',
  },
  {
    name: 'SLAB: partial slabs go on after free ones',
    file: 'slab/slab_refill.cpp',
    search: 'if (node.partial.first != kNoSlab) return node.partial.first;',
    replace: 'if (node.free.first != kNoSlab) return node.free.first;',
  },
  {
    name: 'SLAB: taking from the free list is not remembered',
    file: 'slab/slab_refill.cpp',
    search: '  node.free_touched = true;\n',
    replace: '',
  },
  {
    name: 'SLAB: an emptied slab goes to the tail of the free list',
    file: 'slab/slab_lists.cpp',
    search: 'push_front(slub, node.free, id);',
    replace: 'push_back(slub, node.free, id);',
  },
  {
    name: 'SLAB: a slab that gets an object back goes to the head of the partial list',
    file: 'slab/slab_lists.cpp',
    search: 'push_back(slub, node.partial, id);',
    replace: 'push_front(slub, node.partial, id);',
  },
  {
    name: 'SLAB: the newest free slab is destroyed first',
    file: 'slab/slab_lists.cpp',
    search: 'const SlabId id = node.free.last;',
    replace: 'const SlabId id = node.free.first;',
  },
  {
    name: 'SLAB: doomed slabs are destroyed in the order in which they were taken',
    file: 'slab/slab_lists.cpp',
    search: 'doomed.insert(doomed.begin(), take_last_free(slub, cache, node));',
    replace: 'doomed.push_back(take_last_free(slub, cache, node));',
  },
  {
    name: 'SLAB: the first slab has no colour',
    file: 'slab/slab_pages.cpp',
    search: 'return node.colour_next * cache.layout.colour_off;',
    replace: 'return (node.colour_next - 1) * cache.layout.colour_off;',
  },
  {
    name: 'SLAB: the newest objects leave a full array',
    file: 'slab/slab_flush.cpp',
    search: `oldest(array.entries.begin(),
                                array.entries.begin() + static_cast<std::ptrdiff_t>(count));`,
    replace: `oldest(array.entries.end() - static_cast<std::ptrdiff_t>(count),
                                array.entries.end());
  std::rotate(array.entries.begin(), array.entries.end() - static_cast<std::ptrdiff_t>(count),
              array.entries.end());`,
  },
  {
    name: 'SLAB: a node keeps one batch less',
    file: 'slab/slab_flush.cpp',
    search: 'const uint32_t arrays = 1 + cpus_of',
    replace: 'const uint32_t arrays = cpus_of',
  },
  {
    name: 'SLAB: reclaimable slabs may be big',
    file: 'slab/slab_geometry.cpp',
    search: 'if (reclaimable || order',
    replace: 'if (order',
  },
  {
    name: 'SLAB: shrinking leaves what the CPU holds',
    file: 'slab/slab_flush.cpp',
    search: '  for (ArrayCache& array : cache.cpu_array) drain(slub, cache, array);\n',
    replace: '',
  },
];
