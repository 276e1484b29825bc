#pragma once

/// The one place where the version is written; CMakeLists.txt reads it from here.
#define HEADWAY_VERSION "0.1.0"
