#pragma once

// Without this valijson prints and aborts where it should throw.
#define VALIJSON_USE_EXCEPTIONS 1

// g++ 12 with the address sanitizer sees uninitialized members in std::regex, where there are none. Include this first.
#pragma GCC diagnostic push
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <regex>
#include <valijson/adapters/boost_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>
#pragma GCC diagnostic pop
