#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/money.hpp"

// Figures for people. All in ASCII, but for the dash of what is not known.
namespace headway::job {

/// "1,234,567".
std::string grouped(std::uint64_t count);
/// With at most three or four digits and k, M or G: "7", "0.25", "12.5k", "3.1M". Not finite: "–".
std::string shortened(double value);
/// "1 row", "1,200 rows".
std::string counted(std::uint64_t count, const char* of_one);
/// "0.4 s", "12 s", "3 min 20 s", "2 h 05 min", "3 d 04 h". Negative is 0.
std::string duration_text(std::chrono::duration<double> duration);
/// "840 ms", "1.24 s", "2 min 05 s".
std::string latency_text(std::chrono::nanoseconds latency);
/// "$0", "$0.000042", "$0.12", "$1,234.50".
std::string dollars_text(Money money);
/// "12 %", "0.4 %"; of nothing: "0 %".
std::string percent_text(double share);

}  // namespace headway::job
