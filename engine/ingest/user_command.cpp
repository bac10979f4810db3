#include "ingest/user_command.h"

#include <array>
#include <charconv>
#include <initializer_list>
#include <string>

#include "base/text.h"
#include "ingest/json_line.h"

namespace kmem {

namespace {

using Value = JsonLine::Value;

enum class Needs : uint16_t {
  gfp = 1,
  order = 2,
  bytes = 4,
  pfn = 8,
  value = 16,
  pages = 32,
  cache = 64,      ///< name of a cache
  object = 128,    ///< pfn and offset; both may be missing, for NULL
  address = 256,   ///< of 64 bits, as text
  count = 512,     ///< elements or objects
  objects = 1024,  ///< an array of objects
  pool = 2048,     ///< number of a mempool
  min_nr = 4096,   ///< elements of its reserve
};
constexpr uint16_t operator|(Needs a, Needs b) {
  return static_cast<uint16_t>(static_cast<uint16_t>(a) | static_cast<uint16_t>(b));
}
constexpr uint16_t operator|(uint16_t a, Needs b) {
  return static_cast<uint16_t>(a | static_cast<uint16_t>(b));
}

struct Call {
  const char* name;
  Op op;
  uint16_t needs;
};

constexpr std::array kCalls = {
    Call{"alloc_pages", Op::alloc_pages, Needs::gfp | Needs::order},
    Call{"__get_free_pages", Op::get_free_pages, Needs::gfp | Needs::order},
    Call{"get_zeroed_page", Op::get_zeroed_page, static_cast<uint16_t>(Needs::gfp)},
    Call{"alloc_pages_exact", Op::alloc_pages_exact, Needs::gfp | Needs::bytes},
    Call{"alloc_pages_bulk", Op::alloc_pages_bulk, Needs::gfp | Needs::pages},
    Call{"get_page", Op::get_page, static_cast<uint16_t>(Needs::pfn)},
    Call{"put_page", Op::put_page, static_cast<uint16_t>(Needs::pfn)},
    Call{"split_page", Op::split_page, Needs::pfn | Needs::order},
    Call{"__free_pages", Op::free_block, Needs::pfn | Needs::order},
    Call{"free_pages", Op::free_pages, Needs::pfn | Needs::order},
    Call{"free_pages_exact", Op::free_pages_exact, Needs::pfn | Needs::bytes},
    Call{"drain_local_pages", Op::drain_local_pages, 0},
    Call{"memset", Op::memset, Needs::pfn | Needs::bytes | Needs::value},
    Call{"write_bytes", Op::write_bytes, Needs::pfn | Needs::bytes | Needs::value},
    Call{"vmalloc", Op::vmalloc, static_cast<uint16_t>(Needs::bytes)},
    Call{"vzalloc", Op::vzalloc, static_cast<uint16_t>(Needs::bytes)},
    Call{"vfree", Op::vfree, static_cast<uint16_t>(Needs::address)},
    Call{"kmem_cache_create", Op::kmem_cache_create, static_cast<uint16_t>(Needs::cache)},
    Call{"kmem_cache_destroy", Op::kmem_cache_destroy, static_cast<uint16_t>(Needs::cache)},
    Call{"kmem_cache_shrink", Op::kmem_cache_shrink, static_cast<uint16_t>(Needs::cache)},
    Call{"validate_slab_cache", Op::validate_slab_cache, static_cast<uint16_t>(Needs::cache)},
    Call{"kmem_cache_alloc", Op::kmem_cache_alloc, Needs::cache | Needs::gfp},
    Call{"kmalloc", Op::kmalloc, Needs::bytes | Needs::gfp},
    Call{"kmem_cache_free", Op::kmem_cache_free, Needs::cache | Needs::object},
    Call{"kfree", Op::kfree, static_cast<uint16_t>(Needs::object)},
    Call{"kzalloc", Op::kzalloc, Needs::bytes | Needs::gfp},
    Call{"kcalloc", Op::kcalloc, Needs::count | Needs::bytes | Needs::gfp},
    Call{"kmalloc_array", Op::kmalloc_array, Needs::count | Needs::bytes | Needs::gfp},
    Call{"krealloc", Op::krealloc, Needs::object | Needs::bytes | Needs::gfp},
    Call{"krealloc_array", Op::krealloc_array,
         Needs::object | Needs::count | Needs::bytes | Needs::gfp},
    Call{"ksize", Op::ksize, static_cast<uint16_t>(Needs::object)},
    Call{"kmalloc_size_roundup", Op::kmalloc_size_roundup, static_cast<uint16_t>(Needs::count)},
    Call{"kfree_sensitive", Op::kfree_sensitive, static_cast<uint16_t>(Needs::object)},
    Call{"kmem_cache_zalloc", Op::kmem_cache_zalloc, Needs::cache | Needs::gfp},
    Call{"kmem_cache_alloc_bulk", Op::kmem_cache_alloc_bulk,
         Needs::cache | Needs::count | Needs::gfp},
    Call{"kmem_cache_free_bulk", Op::kmem_cache_free_bulk, Needs::cache | Needs::objects},
    Call{"kfree_bulk", Op::kfree_bulk, static_cast<uint16_t>(Needs::objects)},
    Call{"mempool_create_slab_pool", Op::mempool_create_slab_pool, Needs::min_nr | Needs::cache},
    Call{"mempool_create_kmalloc_pool", Op::mempool_create_kmalloc_pool,
         Needs::min_nr | Needs::bytes},
    Call{"mempool_create_page_pool", Op::mempool_create_page_pool, Needs::min_nr | Needs::order},
    Call{"mempool_alloc", Op::mempool_alloc, Needs::pool | Needs::gfp},
    Call{"mempool_free", Op::mempool_free, Needs::pool | Needs::object},
    Call{"mempool_resize", Op::mempool_resize, Needs::pool | Needs::min_nr},
    Call{"mempool_destroy", Op::mempool_destroy, static_cast<uint16_t>(Needs::pool)},
};

std::string call_names() {
  std::string names;
  for (const Call& call : kCalls) appendf(names, "%s%s", names.empty() ? "" : ", ", call.name);
  return names;
}

/// The message without "line 1: ", which means nothing for a typed command.
Error as_error(const JsonLine& line, const char* name) {
  Error error = line.error();
  error.name = name;
  const std::string prefix = "line 1: ";
  if (error.message.starts_with(prefix)) error.message.erase(0, prefix.size());
  return error;
}

/// Reads the name of a cache, and what a new one shall be like.
void read_request(JsonLine& line, const Value& root, Op op, CacheRequest& request) {
  request.name = line.text(root, "cache");
  if (op != Op::kmem_cache_create) return;
  request.object_size = line.u32(root, "size");
  request.align = line.u32_or(root, "align", 0);
  request.ctor = JsonLine::find(root, "ctor") != nullptr;
  request.ctor_value = static_cast<uint8_t>(line.u32_or(root, "ctor", 0, UINT8_MAX));
  if (JsonLine::find(root, "flags") == nullptr) return;
  const std::string flags = line.text(root, "flags");
  if (!parse_slab_flags(flags, request.flags)) {
    line.refuse("CommandFormat", textf("\"flags\" has %s: accepted are names joined by '|': %s",
                                       flags.c_str(), slab_flag_names(UINT32_MAX).c_str()));
  }
}

bool has(uint16_t needs, Needs what) { return (needs & static_cast<uint16_t>(what)) != 0; }

/// Reads `0xffffc90000001000`, or NULL.
void read_address(JsonLine& line, const Value& root, Command& command) {
  const std::string text = line.text(root, "address");
  if (!line.ok() || text == "NULL") return;
  Kva address = 0;
  const char* const end = text.data() + text.size();
  const bool prefixed = text.size() > 2 && text.starts_with("0x");
  const auto read = std::from_chars(text.data() + (prefixed ? 2 : 0), end, address, 16);
  if (!prefixed || read.ec != std::errc{} || read.ptr != end) {
    line.refuse("CommandFormat", textf("\"address\" is %s: accepted are NULL and 0x with up to 16 "
                                       "hexadecimal digits",
                                       text.c_str()));
    return;
  }
  const ObjectPlace place = area_place(address);
  command.pfn = place.pfn;
  command.offset = place.offset;
}

/// Biggest whole number that JavaScript can say exactly.
constexpr int64_t kMostExact = (int64_t{1} << 53) - 1;

void read_count(JsonLine& line, const Value& root, const char* key, Command& command) {
  const int64_t count = line.i64(root, key);
  if (line.ok() && (count < 0 || count > kMostExact)) {
    line.refuse("CommandFormat",
                textf("\"%s\" is %lld: accepted are 0 to %lld", key, static_cast<long long>(count),
                      static_cast<long long>(kMostExact)));
    return;
  }
  command.count = static_cast<uint64_t>(count);
}

/// pfn and offset; both may be missing, for NULL.
ObjectPlace read_object(JsonLine& line, const Value& object) {
  ObjectPlace place;
  if (JsonLine::find(object, "pfn") != nullptr) {
    place.pfn = {line.u32(object, "pfn", UINT32_MAX - 1)};
  }
  place.offset = line.u32_or(object, "offset", 0, INT32_MAX);
  return place;
}

void read_objects(JsonLine& line, const Value& root, Command& command) {
  const Value& objects = line.array(root, "objects");
  if (!line.ok()) return;
  for (const Value& object : objects.GetArray()) {
    if (!object.IsObject()) {
      line.refuse("CommandFormat", "\"objects\" must hold objects with pfn and offset");
      return;
    }
    command.objects.push_back(read_object(line, object));
  }
}

/// What the calls of the object allocator take besides the operands that others have too.
void read_object_operands(JsonLine& line, const Value& root, const Call& call, Command& command) {
  if (has(call.needs, Needs::count)) {
    // Bytes that may be more than any call can give.
    const bool bytes = call.op == Op::kmalloc_size_roundup;
    read_count(line, root, bytes ? "bytes" : "count", command);
  }
  if (has(call.needs, Needs::min_nr)) read_count(line, root, "min_nr", command);
  if (has(call.needs, Needs::pool)) command.pool = line.u32(root, "pool");
  if (has(call.needs, Needs::objects)) read_objects(line, root, command);
  if (!has(call.needs, Needs::object)) return;
  const ObjectPlace place = read_object(line, root);
  command.pfn = place.pfn;
  command.offset = place.offset;
}

}  // namespace

Result<Command> read_user_command(std::string_view json, const KernelProfile& profile,
                                  CacheRequest* request) {
  JsonLine line(json, 1, 0);
  const Value& root = line.root();
  const std::string op = line.text(root, "op");
  const Call* found = nullptr;
  for (const Call& call : kCalls) {
    if (op == call.name) found = &call;
  }
  if (line.ok() && found == nullptr) {
    line.refuse("CommandFormat",
                textf("unknown call '%s': accepted are %s", op.c_str(), call_names().c_str()));
  }
  if (!line.ok()) return as_error(line, "CommandFormat");
  KMEM_ASSERT(found != nullptr);

  Command command;
  command.op = found->op;
  if (has(found->needs, Needs::gfp)) {
    const std::string flags = line.text(root, "gfp");
    if (!line.ok()) return as_error(line, "CommandFormat");
    Result<Gfp> parsed = parse_gfp(flags, profile);
    if (!parsed) return parsed.error();
    command.gfp = *parsed;
  }
  if (has(found->needs, Needs::order)) {
    // Any number is readable; Machine::check() says which orders exist.
    const int64_t order = line.i64(root, "order");
    command.order = order < 0 || order > INT32_MAX ? INT32_MAX : static_cast<uint32_t>(order);
    if (line.ok() && order < 0) {
      return Error{"OrderOutOfRange",
                   textf("order %lld is out of range: accepted are whole numbers from 0",
                         static_cast<long long>(order)),
                   0, 0, 0};
    }
  }
  if (has(found->needs, Needs::bytes)) command.amount = line.u32(root, "bytes");
  if (has(found->needs, Needs::pages)) command.amount = line.u32(root, "pages");
  if (has(found->needs, Needs::pfn)) command.pfn = {line.u32(root, "pfn", UINT32_MAX - 1)};
  if (has(found->needs, Needs::value)) {
    command.value = static_cast<uint8_t>(line.u32(root, "value", 255));
    command.offset = line.u32_or(root, "offset", 0);
  }
  read_object_operands(line, root, *found, command);
  if (has(found->needs, Needs::address)) read_address(line, root, command);
  if (allocates_area(command.op)) command.gfp = gfp::kKernel;
  CacheRequest ignored;
  if (has(found->needs, Needs::cache)) {
    read_request(line, root, command.op, request != nullptr ? *request : ignored);
  }
  if (!line.ok()) return as_error(line, "CommandFormat");
  return command;
}

}  // namespace kmem
