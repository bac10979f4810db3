# Finds the Emscripten that belongs to the `emcc` on PATH and uses its own toolchain file, so that
# Debian's package and a newer emsdk both work without a path written down anywhere.

find_program(KMEM_EMCC emcc REQUIRED
             HINTS ENV EMSDK PATH_SUFFIXES upstream/emscripten
             DOC "The Emscripten compiler driver")
# Debian's /usr/bin/emcc is a link into the folder that holds the rest of Emscripten.
file(REAL_PATH ${KMEM_EMCC} kmem_emcc_real)
get_filename_component(kmem_emscripten_root ${kmem_emcc_real} DIRECTORY)

set(kmem_toolchain ${kmem_emscripten_root}/cmake/Modules/Platform/Emscripten.cmake)
if(NOT EXISTS ${kmem_toolchain})
  message(FATAL_ERROR "${KMEM_EMCC} has no cmake/Modules/Platform/Emscripten.cmake beside it.")
endif()
include(${kmem_toolchain})

# Tests run under the node that runs everything else. An older Emscripten tries fetch() on a plain
# file path wherever fetch exists, which is in every node since 18: take it away for those.
find_program(KMEM_NODE node REQUIRED)
set(CMAKE_CROSSCOMPILING_EMULATOR ${KMEM_NODE})
if(EMSCRIPTEN_VERSION VERSION_LESS 3.1.25)
  list(APPEND CMAKE_CROSSCOMPILING_EMULATOR --no-experimental-fetch)
endif()
