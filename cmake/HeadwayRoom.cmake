# A room is a folder of src/ and an object library with an include root of its own: the root holds one link, named
# as the room, so `#include "net/pool.hpp"` compiles only where headway_net is linked. The arrows of the design are
# thereby kept by the compiler.
#
#   headway_room(NAME SOURCES file... [ROOMS room...] [LINK target...] [GROUPS n])      GROUPS as of headway_unity
function(headway_room name)
  cmake_parse_arguments(ARG "" "GROUPS" "SOURCES;ROOMS;LINK" ${ARGN})
  set(root ${PROJECT_BINARY_DIR}/rooms/${name})
  file(MAKE_DIRECTORY ${root})
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/src/${name} ${root}/${name} SYMBOLIC)

  set(target headway_${name})
  list(TRANSFORM ARG_SOURCES PREPEND ${PROJECT_SOURCE_DIR}/src/${name}/)
  list(TRANSFORM ARG_ROOMS PREPEND headway_)
  add_library(${target} OBJECT ${ARG_SOURCES})
  target_include_directories(${target} PUBLIC ${root})
  target_link_libraries(${target} PUBLIC headway_public ${ARG_ROOMS} ${ARG_LINK})
  headway_own_target(${target})
  headway_unity(${target} ${ARG_GROUPS})
endfunction()

# With HEADWAY_UNITY: the target's files are compiled as so many, 1 where it is not said, since headers of Asio, Beast and JSON
# cost far more than our own lines. A file's group follows from its name alone, so that a new file moves no other.
function(headway_unity target)
  set(groups ${ARGN})
  if(NOT groups)
    set(groups 1)
  endif()
  get_target_property(sources ${target} SOURCES)
  foreach(source ${sources})
    get_filename_component(name ${source} NAME)
    string(MD5 hash ${name})
    string(SUBSTRING ${hash} 0 6 hash)
    math(EXPR group "0x${hash} % ${groups}")
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${group})
  endforeach()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${HEADWAY_UNITY} UNITY_BUILD_MODE GROUP)
  if(HEADWAY_UNITY AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage) # g++ takes a file that is included for a header
  endif()
endfunction()

# Warnings for every target that is ours. Users of the library do not get them.
function(headway_own_target target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
                         $<$<CXX_COMPILER_ID:Clang>:-Wreserved-identifier> $<$<BOOL:${HEADWAY_WERROR}>:-Werror>)
  # simdjson's classes have other members in files that are compiled without optimisation, unless this is said.
  target_compile_definitions(${target} PRIVATE $<$<BOOL:${HEADWAY_OPTIMISE_LIBRARY_ONLY}>:SIMDJSON_DEVELOPMENT_CHECKS=1>)
endfunction()

# With HEADWAY_OPTIMISE_LIBRARY_ONLY: builds the target without optimisation, but for these of its files: coroutines,
# which g++ 12 miscompiles only at -O2, and what computes for long.
function(headway_unoptimised target)
  if(HEADWAY_OPTIMISE_LIBRARY_ONLY)
    target_compile_options(${target} PRIVATE -O0)
    set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS $<IF:$<CXX_COMPILER_ID:Clang>,-O1,-O2>)
  endif()
endfunction()
