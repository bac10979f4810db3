#include "report/json_view.h"
#include "report/json_writer.h"

namespace kmem {

std::string kernel_log_json(const Session& session) {
  const KernelLog& log = session.machine().log();
  JsonWriter json;
  json.begin();
  json.field("dropped", log.dropped());
  json.field("tainted", log.taint_text());
  json.key("lines");
  json.begin_array();
  for (const std::string& line : log.lines()) json.text(line);
  json.end_array();
  json.end();
  return json.take();
}

}  // namespace kmem
