# Debian packages, from the preset `package`, by tools/build-debian-packages
include(HeadwayPackageList)
headway_packages(library libraries headers)
list(JOIN libraries ", " libraries)
cmake_host_system_information(RESULT release QUERY DISTRIB_VERSION_ID)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME headway)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL program development)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1~deb${release})
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "The headway authors <headway@localhost>")

set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME headway)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_DEPENDS ca-certificates)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION
    "very many LLM calls at once, as fast as the provider allows\n The program headway: a file of prompts in, a file of answers out. It goes on where it was.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME libheadway-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "${libraries}, pkg-config")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION
    "C++20 library for very many LLM calls at once\n Headers, static libraries, and what CMake's find_package(headway) and pkg-config read.")

foreach(component IN LISTS CPACK_COMPONENTS_ALL)
  string(TOUPPER ${component} name)
  install(FILES LICENSE DESTINATION share/doc/${CPACK_DEBIAN_${name}_PACKAGE_NAME} RENAME copyright
          COMPONENT ${component} EXCLUDE_FROM_ALL)
endforeach()
include(CPack)
