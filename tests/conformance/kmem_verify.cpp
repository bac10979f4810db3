// kmem_verify FILE.jsonl.gz... replays recordings natively and prints how much of each is equal:
// `path: calls 4669/4669, dumps 8/8`, what was learnt from the recording in place of being compared
// with it, and the first difference with both states.
// Exit code 1 when anything differs, 2 when a file cannot be read.
#include <cstdio>
#include <cstring>
#include <string>

#include "conformance/gz_file.h"
#include "ingest/recording_reader.h"
#include "sim/session.h"

namespace kmem::test {
namespace {

enum ExitCode { kAllEqual = 0, kSomeDiffer = 1, kNotRead = 2 };

ExitCode not_read(const std::string& path, const Error& error) {
  std::fprintf(stderr, "%s: %s: %s\n", path.c_str(), error.name.c_str(), error.message.c_str());
  return kNotRead;
}

ExitCode verify_file(const std::string& path) {
  Result<std::string> text = read_gz_file(path);
  if (!text) return not_read(path, text.error());
  Result<Recording> recording = read_recording(*text);
  if (!recording) return not_read(path, recording.error());
  Result<Session> session = Session::from_recording(std::move(*recording));
  if (!session) return not_read(path, session.error());
  const VerifyReport report = session->verify();
  std::printf("%s: calls %u/%u, dumps %u/%u", path.c_str(), report.matched, report.operations,
              report.dumps_matched, report.dumps);
  const Learnt& learnt = report.learnt;
  if (learnt.slabs > 0) std::printf(", %u slab states learnt", learnt.slabs);
  if (learnt.starts > 0) std::printf(", %u random starts of slabs learnt", learnt.starts);
  std::printf("\n");
  if (report.all_match()) return kAllEqual;
  std::printf("first difference at line %u, %s: %s\nours:\n%sthe kernel's:\n%s", report.first.line,
              report.first.call.c_str(), report.first.what.c_str(), report.first.ours.c_str(),
              report.first.kernel.c_str());
  return kSomeDiffer;
}

}  // namespace
}  // namespace kmem::test

int main(int count, char** arguments) {
  if (count < 2) {
    std::fprintf(stderr, "usage: kmem_verify FILE.jsonl.gz...\n");
    return kmem::test::kNotRead;
  }
  int worst = kmem::test::kAllEqual;
  for (int i = 1; i < count; ++i) {
    const int code = kmem::test::verify_file(arguments[i]);
    if (code > worst) worst = code;
  }
  return worst;
}
