// The calls about mempools on one machine: what is refused, and what is run.
#include "base/text.h"
#include "mm/page_ref.h"
#include "sim/machine.h"
#include "slab/mempool.h"

namespace kmem {

namespace {

/// Elements of a reserve; the kernel's users keep a few dozen.
constexpr uint64_t kMostElements = 1u << 16;

Error format_error(const std::string& what) { return {"CommandFormat", what, 0, 0, 0}; }

MempoolKind kind_of(Op op) {
  if (op == Op::mempool_create_slab_pool) return MempoolKind::slab;
  return op == Op::mempool_create_kmalloc_pool ? MempoolKind::kmalloc : MempoolKind::pages;
}

}  // namespace

Status Machine::check_mempool(const Command& command) const {
  const bool sized = creates_mempool(command.op) || command.op == Op::mempool_resize;
  if (sized && (command.count == 0 || command.count > kMostElements)) {
    return format_error(textf("%s with min_nr %llu: accepted are 1 to %llu", op_name(command.op),
                              static_cast<unsigned long long>(command.count),
                              static_cast<unsigned long long>(kMostElements)));
  }
  if (command.op == Op::mempool_create_kmalloc_pool && command.amount == 0) {
    return format_error("a pool of elements of 0 bytes: accepted is 1 and more");
  }
  if (creates_mempool(command.op)) return Done{};
  if (command.pool >= slab_.mempools.size() || !slab_.mempools[command.pool].alive()) {
    return Error{"UnknownPool", textf("there is no mempool %u, or not any more", command.pool), 0,
                 0, 0};
  }
  const Mempool& pool = slab_.mempools[command.pool];
  if (pool.kind == MempoolKind::slab && !slab_.caches[pool.cache].alive()) {
    return Error{"UnknownCache", textf("the cache of mempool %u is destroyed", command.pool), 0, 0,
                 0};
  }
  if (command.op == Op::mempool_alloc && (command.gfp & gfp::kZero) != 0) {
    return format_error("mempool_alloc with __GFP_ZERO: elements of the reserve are not zeroed");
  }
  return Done{};
}

bool Machine::is_good_element(const Command& command, ObjectPlace place) {
  if (place == ObjectPlace{}) return true;
  const Mempool& pool = slab_.mempools[command.pool];
  const Kva element = object_address(place);
  BadObject reason{};
  if (is_in_reserve(slab_, element)) {
    reason = BadObject::free_already;
  } else if (pool.kind != MempoolKind::pages) {
    const bool slab = pool.kind == MempoolKind::slab;
    reason = why_bad_object(slab ? Op::kmem_cache_free : Op::kfree, element);
  } else {
    Command free = command;
    free.op = Op::free_block;
    free.order = pool.order;
    const Page page = mm_.map.pfn_to_page(place.pfn);
    const bool first = page != kNoPage && (element & (kPageSizeBytes - 1)) == 0;
    if (!first || why_bad(free, page) != BadPage{}) reason = BadObject::not_ours;
  }
  if (reason == BadObject{}) return true;
  note_bad_object(reason, place, pool.cache);
  return false;
}

ObjectPlace Machine::run_mempool(const Command& command, ObjectPlace place,
                                 std::span<Pfn> results) {
  if (!begin_slab_call(command)) return {};
  Slub slub = slub_for(command);
  const auto min_nr = static_cast<uint32_t>(command.count);
  switch (command.op) {
    case Op::mempool_alloc:
      return place_of(slub, mempool_alloc(slub, command.pool, command.gfp | forced_gfp_));
    case Op::mempool_free:
      if (is_good_element(command, place)) {
        mempool_free(slub, command.pool, object_address(place));
      }
      return {};
    case Op::mempool_resize:
      mempool_resize(slub, command.pool, min_nr);
      return {};
    case Op::mempool_destroy:
      mempool_destroy(slub, command.pool);
      return {};
    default:
      break;
  }
  Mempool pool;
  pool.kind = kind_of(command.op);
  pool.min_nr = min_nr;
  pool.cache = cache_of(command);
  pool.bytes = command.amount;
  pool.order = command.order;
  results[0] = mempool_create(slub, command.pool, pool) ? kDone : kRefused;
  return {};
}

}  // namespace kmem
