# What the library needs, found the same way for this build and for who uses an installed headway.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
find_dependency(OpenSSL 3.0)
find_dependency(Boost 1.81 COMPONENTS json)
find_dependency(simdjson 3.0)
find_dependency(fmt 9)
find_dependency(PkgConfig)
pkg_check_modules(headway_cares REQUIRED QUIET IMPORTED_TARGET GLOBAL libcares>=1.18)
