#include "bindings/session_binding.h"

#include <cmath>
#include <cstring>
#include <string_view>

#include "base/text.h"
#include "ingest/recording_reader.h"
#include "ingest/user_command.h"
#include "mm/memblock.h"
#include "report/json_view.h"
#include "report/procfs.h"

namespace kmem::bindings {

namespace {

using emscripten::typed_memory_view;
using emscripten::val;

/// Recordings of an hour fit many times over; more than that is a mistake, not a recording.
constexpr uint32_t kMostInputBytes = 512u << 20;

template <typename T>
val view_of(const std::vector<T>& values) {
  return val(typed_memory_view(values.size(), values.data()));
}

}  // namespace

bool SessionBinding::refuse(Error error) {
  error_ = std::move(error);
  return false;
}

bool SessionBinding::booted() {
  error_ = {};
  if (session_) return true;
  return refuse({"NotBooted", "no machine is booted: load a recording or boot one first", 0, 0, 0});
}

std::optional<uint32_t> SessionBinding::whole(const char* what, double value, uint32_t most) {
  if (value >= 0 && value <= most && std::floor(value) == value) {
    return static_cast<uint32_t>(value);
  }
  refuse({"NumberOutOfRange", textf("%s is none of the whole numbers from 0 to %u", what, most), 0,
          0, 0});
  return std::nullopt;
}

val SessionBinding::input_buffer(double bytes) {
  const auto size = whole("bytes", bytes, kMostInputBytes);
  input_.assign(size.value_or(0), 0);
  return val(typed_memory_view(input_.size(), reinterpret_cast<uint8_t*>(input_.data())));
}

bool SessionBinding::load_recording(double bytes) {
  const auto size = whole("bytes", bytes, static_cast<uint32_t>(input_.size()));
  if (!size) return false;
  Result<Recording> recording = read_recording(std::string_view(input_.data(), *size));
  std::vector<char>().swap(input_);
  if (!recording) return refuse(recording.error());
  Result<Session> session = Session::from_recording(std::move(*recording));
  if (!session) return refuse(session.error());
  session_ = std::move(*session);
  return true;
}

bool SessionBinding::boot_pristine(const std::string& json) {
  Result<PristineConfig> config = read_machine_config(json);
  if (!config) return refuse(config.error());
  Result<Mm> mm = boot_pristine_machine(*config);
  if (!mm) return refuse(mm.error());
  session_ = Session::from_machine(std::move(*mm), NodeId{0}, "pristine", slab_config_of(*config));
  return true;
}

uint32_t SessionBinding::length() const { return session_ ? session_->timeline().length() : 0; }

uint32_t SessionBinding::step() const { return session_ ? session_->step() : 0; }

bool SessionBinding::seek(double step) {
  if (!booted()) return false;
  const auto target = whole("step", step, UINT32_MAX);
  if (!target) {
    error_.name = "StepOutOfRange";
    return false;
  }
  Status done = session_->seek(*target);
  return done ? true : refuse(done.error());
}

bool SessionBinding::run(const std::string& json) {
  if (!booted()) return false;
  CacheRequest request;
  Result<Command> command =
      read_user_command(json, *session_->machine().mm().config.profile, &request);
  if (!command) return refuse(command.error());
  Status done = session_->run(*command, request);
  return done ? true : refuse(done.error());
}

std::string SessionBinding::step_info(double step) {
  if (!booted()) return {};
  const auto wanted = whole("step", step, UINT32_MAX);
  if (!wanted) return {};
  Result<std::string> json = step_info_json(*session_, *wanted);
  if (json) return *json;
  refuse(json.error());
  return {};
}

std::string SessionBinding::view() { return booted() ? machine_view_json(*session_) : ""; }

std::string SessionBinding::block(double pfn) {
  if (!booted()) return {};
  const auto wanted = whole("pfn", pfn, UINT32_MAX - 1);
  if (!wanted) {
    error_.name = "PfnOutOfRange";
    return {};
  }
  Result<std::string> json = block_json(*session_, {*wanted});
  if (json) return *json;
  refuse(json.error());
  return {};
}

std::string SessionBinding::areas() { return booted() ? areas_json(*session_) : ""; }

std::string SessionBinding::caches() { return booted() ? caches_json(*session_) : ""; }

std::string SessionBinding::cache(const std::string& name) {
  if (!booted()) return {};
  Result<std::string> json = cache_json(*session_, name);
  if (json) return *json;
  refuse(json.error());
  return {};
}

val SessionBinding::free_list(double zone, double order, double migratetype) {
  words_.clear();
  if (booted()) {
    const Mm& mm = session_->machine().mm();
    const auto z = whole("zone", zone, static_cast<uint32_t>(mm.zones.size()) - 1);
    const auto o = whole("order", order, mm.config.max_order());
    const auto t = whole("migratetype", migratetype, kNrMigratetypes - 1);
    if (z && o && t) {
      const uint32_t head =
          mm.zones[*z].free_head(static_cast<Order>(*o), static_cast<Migratetype>(*t));
      for (uint32_t n = mm.map.next(head); n != head; n = mm.map.next(n)) {
        words_.push_back(mm.pfn({n}));
      }
    }
  }
  return view_of(words_);
}

val SessionBinding::pcp_list(double zone, double cpu, double list) {
  words_.clear();
  if (booted()) {
    const Mm& mm = session_->machine().mm();
    const auto z = whole("zone", zone, static_cast<uint32_t>(mm.zones.size()) - 1);
    const auto c = whole("cpu", cpu, mm.config.nr_cpus - 1u);
    const auto l = whole("list", list, mm.config.nr_pcp_lists() - 1);
    if (z && c && l) {
      const uint32_t head = mm.zones[*z].pcp[*c].first_head + *l;
      for (uint32_t n = mm.map.next(head); n != head; n = mm.map.next(n)) {
        words_.push_back(mm.pfn({n}));
      }
    }
  }
  return view_of(words_);
}

val SessionBinding::frame_states() {
  if (!booted()) return view_of(bytes_);
  const MemMap& map = session_->machine().mm().map;
  bytes_.resize(map.size());
  map.states_into(bytes_);
  return view_of(bytes_);
}

val SessionBinding::events() {
  words_.clear();
  if (booted() && session_->step() > 0) {
    const std::vector<TraceRecord> records = session_->machine().records();
    constexpr size_t kWords = sizeof(TraceRecord) / sizeof(uint32_t);
    words_.resize(records.size() * kWords);
    std::memcpy(words_.data(), records.data(), records.size() * sizeof(TraceRecord));
  }
  return view_of(words_);
}

uint32_t SessionBinding::events_lost() const {
  return session_ && session_->step() > 0 ? session_->machine().trace().lost() : 0;
}

namespace {

/// The files' names with `between` in between.
std::string joined_paths(const KernelProfile& profile, const char* between) {
  std::string text;
  for (const std::string_view each : procfs_paths(profile)) {
    if (!text.empty()) text += between;
    text += each;
  }
  return text;
}

}  // namespace

std::string SessionBinding::procfs(const std::string& path) {
  if (!booted()) return {};
  const Machine& machine = session_->machine();
  if (auto text = kmem::procfs(machine.mm(), path, &machine.slab(), &machine.areas())) return *text;
  const std::string known = joined_paths(*machine.mm().config.profile, ", ");
  refuse({"NoSuchFile", textf("no file '%s': there are %s", path.c_str(), known.c_str()), 0, 0, 0});
  return {};
}

std::string SessionBinding::kernel_log() { return booted() ? kernel_log_json(*session_) : ""; }

std::string SessionBinding::procfs_paths() {
  return booted() ? joined_paths(*session_->machine().mm().config.profile, "\n") : std::string();
}

std::string SessionBinding::verify() {
  return booted() ? kmem::verify(session_->machine()) : error_.message;
}

std::string SessionBinding::state_hash() {
  if (!booted()) return {};
  return textf("%016llx", static_cast<unsigned long long>(session_->machine().state_hash()));
}

std::string SessionBinding::verify_recording() {
  return booted() ? verify_report_json(session_->verify()) : "";
}

val SessionBinding::read_bytes(double pfn, double offset, double length) {
  bytes_.clear();
  if (!booted()) return view_of(bytes_);
  const Mm& mm = session_->machine().mm();
  const auto frame = whole("pfn", pfn, UINT32_MAX - 1);
  const auto from = whole("offset", offset, kPageSizeBytes);
  const auto count = from ? whole("length", length, kPageSizeBytes - *from) : std::nullopt;
  if (!frame || !count) return view_of(bytes_);
  const Page page = mm.map.pfn_to_page({*frame});
  if (page == kNoPage || mm.map.zone(page) == kNoZone) {
    refuse({"PfnOutOfRange", textf("no memory at pfn %u", *frame), 0, 0, 0});
    return view_of(bytes_);
  }
  bytes_.resize(*count);
  const auto bytes = session_->machine().ram().read(page);
  if (!bytes.empty()) std::memcpy(bytes_.data(), bytes.data() + *from, *count);
  return view_of(bytes_);
}

}  // namespace kmem::bindings
