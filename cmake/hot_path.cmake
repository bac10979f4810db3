# The files that every allocation runs through, compiled as one unit in optimised builds, so that
# calls between them cost nothing. The unoptimised builds, and native clang whose list of commands
# clang-tidy reads, compile each file by itself.

function(kmem_compile_hot_path_as_one target)
  if(NOT CMAKE_BUILD_TYPE STREQUAL "Release")
    return()
  endif()
  if(NOT EMSCRIPTEN AND NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    return()
  endif()
  list(TRANSFORM kmem_hot_path PREPEND ${PROJECT_SOURCE_DIR}/engine/mm/ OUTPUT_VARIABLE files)
  set_source_files_properties(${files} PROPERTIES UNITY_GROUP hot_path)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  # Two neighbouring words put together in a vector register, only to be read one by one a moment
  # later, make that read wait.
  target_compile_options(${target} PRIVATE -fno-tree-slp-vectorize)
endfunction()

set(kmem_hot_path
  free_lists.cpp page_alloc.cpp pcp.cpp rmqueue.cpp watermark.cpp)
