# Install rules, so that `find_package(headway)` and pkg-config find what this build made. Each component is a Debian package.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# For who writes C++.
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/headway)
install(TARGETS headway headway_public EXPORT headway COMPONENT development)
if(TARGET headway_config_file)
  install(TARGETS headway_config_file EXPORT headway COMPONENT development)
endif()
install(DIRECTORY include/headway DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
install(EXPORT headway NAMESPACE headway:: DESTINATION ${package_dir} COMPONENT development)

write_basic_package_version_file(headwayConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/headwayConfigVersion.cmake cmake/headwayConfig.cmake cmake/HeadwayDependencies.cmake
        DESTINATION ${package_dir} COMPONENT development)

set(pkgconfig_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH HEADWAY_PREFIX_FROM_PKGCONFIG /${pkgconfig_dir} /)
foreach(library headway headway-config)
  configure_file(cmake/${library}.pc.in ${PROJECT_BINARY_DIR}/${library}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/${library}.pc DESTINATION ${pkgconfig_dir} COMPONENT development)
endforeach()

if(HEADWAY_PROGRAMS)
  install(TARGETS headway_program COMPONENT program)
  include(HeadwayProgramTexts)
endif()
if(PROJECT_IS_TOP_LEVEL)
  include(HeadwayPackages)
endif()
