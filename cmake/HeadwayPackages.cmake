# Debian packages, from the preset `package`: cpack --config build/package/CPackConfig.cmake
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
if(CMAKE_CROSSCOMPILING)
  set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE ${HEADWAY_DEBIAN_ARCHITECTURE})
endif()

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

if(TARGET headway_core)
  list(APPEND CPACK_COMPONENTS_ALL module)
  find_package(Python REQUIRED COMPONENTS Interpreter) # the module's directory has its own scope
  set(python ${Python_VERSION_MAJOR}.${Python_VERSION_MINOR})
  math(EXPR next "${Python_VERSION_MINOR} + 1")
  set(python_dir lib/python3/dist-packages)
  install(TARGETS headway_core LIBRARY DESTINATION ${python_dir}/headway COMPONENT module EXCLUDE_FROM_ALL)
  install(DIRECTORY python/headway DESTINATION ${python_dir} COMPONENT module EXCLUDE_FROM_ALL PATTERN __pycache__ EXCLUDE)
  configure_file(cmake/METADATA.in ${PROJECT_BINARY_DIR}/METADATA @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/METADATA DESTINATION ${python_dir}/headway-${PROJECT_VERSION}.dist-info
          COMPONENT module EXCLUDE_FROM_ALL)
  foreach(script postinst prerm)
    configure_file(cmake/python-${script}.in ${PROJECT_BINARY_DIR}/debian/${script} @ONLY
                   FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
  endforeach()
  set(CPACK_DEBIAN_MODULE_PACKAGE_NAME python3-headway)
  set(CPACK_DEBIAN_MODULE_PACKAGE_SECTION python)
  set(CPACK_DEBIAN_MODULE_PACKAGE_DEPENDS "python3 (>= ${python}), python3 (<< 3.${next}), ca-certificates")
  set(CPACK_DEBIAN_MODULE_PACKAGE_SUGGESTS "python3-tqdm, python3-pyarrow")
  set(CPACK_DEBIAN_MODULE_PACKAGE_SHLIBDEPS ON)
  set(CPACK_DEBIAN_MODULE_PACKAGE_CONTROL_EXTRA
      "${PROJECT_BINARY_DIR}/debian/postinst;${PROJECT_BINARY_DIR}/debian/prerm")
  set(CPACK_COMPONENT_MODULE_DESCRIPTION
      "very many LLM calls at once, from Python\n The module headway, with OpenAI and ChatOpenAI as LangChain has them.")
endif()

foreach(component IN LISTS CPACK_COMPONENTS_ALL)
  string(TOUPPER ${component} name)
  install(FILES LICENSE DESTINATION share/doc/${CPACK_DEBIAN_${name}_PACKAGE_NAME} RENAME copyright
          COMPONENT ${component} EXCLUDE_FROM_ALL)
endforeach()
include(CPack)
