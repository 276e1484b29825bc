#pragma once

#include <chrono>
#include <vector>

#include <nanobind/nanobind.h>

#include <headway/learned_limits.hpp>
#include <headway/lease.hpp>

namespace headway::python {

namespace nb = nanobind;

// Leases, demands and limits as the dictionaries of headway/_core.pyi. What is read throws TypeError as Settings does.

/// As LeaseBook.renew gives it; what is left out is zero, or unset.
Lease lease_of(const nb::dict& given);
std::vector<LearnedLimits> limits_of(const nb::list& given);
/// Rounded down; not a number, or below zero: zero.
std::chrono::milliseconds milliseconds_of(double seconds);

nb::dict dict_of(const LeaseDemand& demand);
nb::list list_of(const std::vector<LearnedLimits>& limits);

void bind_lease(nb::module_& module);

}  // namespace headway::python
