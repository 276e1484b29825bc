include(${CMAKE_CURRENT_LIST_DIR}/HeadwayPackageList.cmake)

# What pip shows where no wheel can be built, in place of a compiler's log. Included before project() asks for a compiler.
set(HEADWAY_WHEEL_PLATFORMS "headway has ready-made wheels for Linux on x86-64 and 64-bit ARM (glibc 2.35 or newer) with CPython 3.11 or newer. \
Elsewhere it is built from its sources, which needs Linux, a C++20 compiler and the libraries that tools/debian-packages lists; \
Debian 12 and 13 have them all. On Windows, use Debian 12 in WSL2.")

cmake_host_system_information(RESULT system QUERY OS_NAME)
if(NOT system STREQUAL "Linux")
  message(FATAL_ERROR "headway does not run on ${system}. ${HEADWAY_WHEEL_PLATFORMS}")
endif()
find_program(HEADWAY_COMPILER NAMES $ENV{CXX} c++ g++ clang++)
if(NOT HEADWAY_COMPILER)
  message(FATAL_ERROR "There is no C++ compiler here. ${HEADWAY_WHEEL_PLATFORMS}")
endif()

# Called after project(), which knows where headers are.
function(headway_wheel_needs)
  set(missing "")
  headway_packages("library|program" packages headers)
  foreach(package header IN ZIP_LISTS packages headers)
    find_path(HEADWAY_NEEDS_${package} ${header} NO_CACHE)
    if(NOT HEADWAY_NEEDS_${package})
      string(APPEND missing " ${package}")
    endif()
  endforeach()
  find_program(pkg_config NAMES pkg-config pkgconf NO_CACHE)
  if(NOT pkg_config)
    string(APPEND missing " pkg-config")
  endif()
  if(missing)
    message(FATAL_ERROR "What headway is built with is missing here. As Debian calls it:${missing}. ${HEADWAY_WHEEL_PLATFORMS}")
  endif()
endfunction()
