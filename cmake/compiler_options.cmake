# Flags for every target of this project. The engine adds its own (-fno-exceptions) in
# engine/CMakeLists.txt, because GoogleTest and Embind cannot be built with the same set.

add_compile_options(-Wall -Wextra -Wpedantic -Wconversion -Wshadow)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 warns about every "text" + std::string it inlines (its bug 105651).
  add_compile_options(-Wno-restrict)
endif()
if(KMEM_WARNINGS_AS_ERRORS)
  add_compile_options(-Werror)
endif()

# The state hash must be the same on g++, clang and wasm, so no compiler may fuse a
# multiplication and an addition into one differently rounded instruction.
add_compile_options(-ffp-contract=off)

# An assertion says where it is in the repository, and the same wherever that is checked out.
add_compile_options(-fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=)

if(KMEM_SANITIZE)
  if(EMSCRIPTEN)
    message(FATAL_ERROR "KMEM_SANITIZE is for native builds only.")
  endif()
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()

# ccache makes a rebuild after a branch switch cheap. It is used when present, never asked for.
if(NOT EMSCRIPTEN AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(KMEM_CCACHE ccache)
  if(KMEM_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${KMEM_CCACHE})
  endif()
endif()
