#include "sim/slab_call_text.h"

#include <array>

#include "base/assert.h"
#include "base/text.h"

namespace kmem {

namespace {

using Number = unsigned long long;

/// In the order of Op.
constexpr std::array kNames = {"kmem_cache_create",
                               "kmem_cache_destroy",
                               "kmem_cache_shrink",
                               "validate_slab_cache",
                               "kmem_cache_alloc",
                               "kmalloc",
                               "kmem_cache_free",
                               "kfree",
                               "kzalloc",
                               "kcalloc",
                               "kmalloc_array",
                               "krealloc",
                               "krealloc_array",
                               "ksize",
                               "kmalloc_size_roundup",
                               "kfree_sensitive",
                               "kmem_cache_zalloc",
                               "kmem_cache_alloc_bulk",
                               "kmem_cache_free_bulk",
                               "kfree_bulk",
                               "mempool_create_slab_pool",
                               "mempool_create_kmalloc_pool",
                               "mempool_create_page_pool",
                               "mempool_alloc",
                               "mempool_free",
                               "mempool_resize",
                               "mempool_destroy"};
constexpr auto kFirst = static_cast<size_t>(Op::kmem_cache_create);
static_assert(kFirst + kNames.size() == static_cast<size_t>(Op::mempool_destroy) + 1);

/// "2, {pfn 0x10 + 0, pfn 0x10 + 64}"
std::string objects_text(const Command& command) {
  std::string out = textf("%zu, {", command.objects.size());
  for (size_t i = 0; i < command.objects.size(); ++i) {
    if (i > 0) out += ", ";
    out += place_text(command.objects[i]);
  }
  return out + "}";
}

/// Constructors have no name here, but leave a byte that says who they are.
std::string ctor_text(const CacheRequest& request) {
  return request.ctor ? textf("fill_0x%02x", unsigned{request.ctor_value}) : "NULL";
}

/// Calls on a cache that exists.
std::string cache_call_text(const Command& command, ObjectPlace place, const std::string& flags,
                            const char* cache) {
  const char* const name = op_name(command.op);
  switch (command.op) {
    case Op::kmem_cache_alloc:
    case Op::kmem_cache_zalloc:
      return textf("%s(%s, %s)", name, cache, flags.c_str());
    case Op::kmem_cache_alloc_bulk:
      return textf("%s(%s, %s, %llu, objects)", name, cache, flags.c_str(), Number{command.count});
    case Op::kmem_cache_free:
      return textf("%s(%s, %s)", name, cache, place_text(place).c_str());
    case Op::kmem_cache_free_bulk:
      return textf("%s(%s, %s)", name, cache, objects_text(command).c_str());
    default:
      return textf("%s(%s)", name, cache);
  }
}

/// Pools have no name in C either: this is the variable.
std::string mempool_call_text(const Command& command, ObjectPlace place, const std::string& flags,
                              const char* cache) {
  const char* const name = op_name(command.op);
  const Number count = command.count;
  switch (command.op) {
    case Op::mempool_create_slab_pool:
      return textf("pool_%u = %s(%llu, %s)", command.pool, name, count, cache);
    case Op::mempool_create_kmalloc_pool:
      return textf("pool_%u = %s(%llu, %u)", command.pool, name, count, command.amount);
    case Op::mempool_create_page_pool:
      return textf("pool_%u = %s(%llu, %u)", command.pool, name, count, command.order);
    case Op::mempool_alloc:
      return textf("%s(pool_%u, %s)", name, command.pool, flags.c_str());
    case Op::mempool_free:
      return textf("%s(%s, pool_%u)", name, place_text(place).c_str(), command.pool);
    case Op::mempool_resize:
      return textf("%s(pool_%u, %llu)", name, command.pool, count);
    default:
      return textf("%s(pool_%u)", name, command.pool);
  }
}

}  // namespace

const char* slab_op_name(Op op) {
  KMEM_ASSERT(is_slab_call(op));
  return kNames[static_cast<size_t>(op) - kFirst];
}

std::string slab_call_text(const Command& command, ObjectPlace place, const std::string& flags,
                           const CacheRequest& request) {
  const char* const name = op_name(command.op);
  if (is_mempool_call(command.op)) {
    return mempool_call_text(command, place, flags, request.name.c_str());
  }
  if (names_cache(command.op)) return cache_call_text(command, place, flags, request.name.c_str());
  switch (command.op) {
    case Op::kmem_cache_create:
      return textf("%s(\"%s\", %u, %u, %s, %s)", name, request.name.c_str(), request.object_size,
                   request.align, slab_flag_names(request.flags).c_str(),
                   ctor_text(request).c_str());
    case Op::kmalloc:
    case Op::kzalloc:
      return textf("%s(%u, %s)", name, command.amount, flags.c_str());
    case Op::kcalloc:
    case Op::kmalloc_array:
      return textf("%s(%llu, %u, %s)", name, Number{command.count}, command.amount, flags.c_str());
    case Op::krealloc:
      return textf("%s(%s, %u, %s)", name, place_text(place).c_str(), command.amount,
                   flags.c_str());
    case Op::krealloc_array:
      return textf("%s(%s, %llu, %u, %s)", name, place_text(place).c_str(), Number{command.count},
                   command.amount, flags.c_str());
    case Op::kmalloc_size_roundup:
      return textf("%s(%llu)", name, Number{command.count});
    case Op::kfree_bulk:
      return textf("%s(%s)", name, objects_text(command).c_str());
    default:
      return textf("%s(%s)", name, place_text(place).c_str());
  }
}

}  // namespace kmem
