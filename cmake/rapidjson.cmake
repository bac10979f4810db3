# kmem_rapidjson: the header-only RapidJSON library, with its own exceptions and I/O left alone.

find_path(KMEM_RAPIDJSON_INCLUDE_DIR rapidjson/document.h
          PATHS /usr/include /usr/local/include
          NO_CMAKE_FIND_ROOT_PATH
          DOC "Folder that contains rapidjson/document.h (Debian: rapidjson-dev)")
if(NOT KMEM_RAPIDJSON_INCLUDE_DIR)
  message(FATAL_ERROR "RapidJSON headers not found. Run `node scripts/setup.mjs`, "
                      "or install rapidjson-dev.")
endif()

add_library(kmem_rapidjson INTERFACE)

if(EMSCRIPTEN)
  # emcc must never see /usr/include: the host's libc headers there would shadow its own. A link
  # to the one folder we want, inside the build tree, gives it RapidJSON and nothing else.
  set(kmem_headers ${PROJECT_BINARY_DIR}/host_headers)
  file(MAKE_DIRECTORY ${kmem_headers})
  file(CREATE_LINK ${KMEM_RAPIDJSON_INCLUDE_DIR}/rapidjson ${kmem_headers}/rapidjson
       SYMBOLIC COPY_ON_ERROR)
  target_include_directories(kmem_rapidjson SYSTEM INTERFACE ${kmem_headers})
elseif(NOT KMEM_RAPIDJSON_INCLUDE_DIR STREQUAL "/usr/include")
  target_include_directories(kmem_rapidjson SYSTEM INTERFACE ${KMEM_RAPIDJSON_INCLUDE_DIR})
endif()
