# A room is a folder of src/ and an object library with an include root of its own: the root holds one link, named
# as the room, so `#include "net/pool.hpp"` compiles only where headway_net is linked. The arrows of the design are
# thereby kept by the compiler.
#
#   headway_room(NAME SOURCES file... [ROOMS room...] [LINK target...])
function(headway_room name)
  cmake_parse_arguments(ARG "" "" "SOURCES;ROOMS;LINK" ${ARGN})
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
endfunction()

# Warnings for every target that is ours. Users of the library do not get them.
function(headway_own_target target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
                         $<$<BOOL:${HEADWAY_WERROR}>:-Werror>)
endfunction()
