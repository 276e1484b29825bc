include(${CMAKE_CURRENT_LIST_DIR}/HeadwayDependencies.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/headway.cmake)
