# kmem_gtest_main: GoogleTest and GoogleMock with a main(), built from Debian's sources.
# The same sources serve every preset, so that the tests natively and as wasm are one program,
# and so that the sanitizers see GoogleTest's own allocations too.

find_path(KMEM_GOOGLETEST_DIR googletest/src/gtest-all.cc
          PATHS /usr/src/googletest
          NO_CMAKE_FIND_ROOT_PATH
          DOC "GoogleTest source tree (Debian: the package googletest)")
if(NOT KMEM_GOOGLETEST_DIR)
  message(FATAL_ERROR "GoogleTest sources not found. Run `node scripts/setup.mjs`, "
                      "or install the package googletest.")
endif()

add_library(kmem_gtest_main STATIC
  ${KMEM_GOOGLETEST_DIR}/googletest/src/gtest-all.cc
  ${KMEM_GOOGLETEST_DIR}/googlemock/src/gmock-all.cc
  ${KMEM_GOOGLETEST_DIR}/googlemock/src/gmock_main.cc)
target_include_directories(kmem_gtest_main
  PRIVATE ${KMEM_GOOGLETEST_DIR}/googletest ${KMEM_GOOGLETEST_DIR}/googlemock)
target_include_directories(kmem_gtest_main SYSTEM PUBLIC
  ${KMEM_GOOGLETEST_DIR}/googletest/include ${KMEM_GOOGLETEST_DIR}/googlemock/include)
target_compile_options(kmem_gtest_main PRIVATE -w)

if(NOT EMSCRIPTEN)
  find_package(Threads REQUIRED)
  target_link_libraries(kmem_gtest_main PUBLIC Threads::Threads)
endif()
