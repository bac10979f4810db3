#include "profile/kernel_profile.h"

namespace kmem {

namespace {

constexpr std::array<const KernelProfile*, 3> kProfiles = {&kLinux6_1_192, &kLinux2_6_18I386,
                                                           &kLinux2_6_18X86_64};

}  // namespace

const KernelProfile* find_profile(std::string_view name) {
  for (const KernelProfile* profile : kProfiles) {
    if (name == profile->name) return profile;
  }
  return nullptr;
}

std::string profile_names() {
  std::string names;
  for (const KernelProfile* profile : kProfiles) {
    if (!names.empty()) names += ", ";
    names += profile->name;
  }
  return names;
}

}  // namespace kmem
