# Install rules, so that `find_package(headway)` finds what this build made.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/headway)
install(TARGETS headway headway_public EXPORT headway)
if(TARGET headway_config_file)
  install(TARGETS headway_config_file EXPORT headway)
endif()
install(DIRECTORY include/headway DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT headway NAMESPACE headway:: DESTINATION ${package_dir})
if(HEADWAY_PROGRAMS)
  install(TARGETS headway_program)
endif()

write_basic_package_version_file(headwayConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/headwayConfigVersion.cmake DESTINATION ${package_dir})
install(FILES cmake/headwayConfig.cmake cmake/HeadwayDependencies.cmake DESTINATION ${package_dir})
