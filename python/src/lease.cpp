#include "lease.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include "pace/lease_book.hpp"
#include "settings.hpp"

namespace headway::python {
namespace {

using std::chrono::duration;

constexpr double day = 86'400;

LeaseDemand demand_of(const nb::dict& given) {
  Settings settings(given, "a demand");
  LeaseDemand demand;
  settings.take("requests", demand.requests);
  settings.take("tokens", demand.tokens);
  settings.take("concurrency", demand.concurrency);
  settings.take("in_flight", demand.in_flight);
  settings.done();
  return demand;
}

nb::dict as_dict(nb::handle given) {
  if (!nb::isinstance<nb::dict>(given)) throw nb::type_error("limits are dictionaries, in a list");
  return nb::borrow<nb::dict>(given);
}

std::optional<LearnedLimit> limit_of(const nb::object& given) {
  if (given.is_none()) return std::nullopt;
  Settings settings(as_dict(given), "a limit");
  LearnedLimit limit;
  settings.take("limit", limit.limit);
  settings.take("seconds", limit.seconds);
  settings.take("fixed", limit.fixed);
  settings.take("sliced", limit.sliced);
  settings.done();
  return limit;
}

LearnedLimits row_of(const nb::dict& given) {
  Settings settings(given, "a row of limits");
  LearnedLimits row;
  settings.take("endpoint", row.endpoint);
  settings.take("model", row.model);
  row.requests = limit_of(settings.pop("requests"));
  row.tokens = limit_of(settings.pop("tokens"));
  row.input_tokens = limit_of(settings.pop("input_tokens"));
  row.output_tokens = limit_of(settings.pop("output_tokens"));
  double wait = 0;
  settings.take("wait", wait);
  row.wait = milliseconds_of(wait);
  settings.take("wants_max_completion_tokens", row.wants_max_completion_tokens);
  settings.take("wants_no_temperature", row.wants_no_temperature);
  settings.done();
  return row;
}

nb::object dict_of(const std::optional<LearnedLimit>& limit) {
  if (!limit) return nb::none();
  nb::dict all;
  all["limit"] = limit->limit;
  all["seconds"] = limit->seconds;
  all["fixed"] = limit->fixed;
  all["sliced"] = limit->sliced;
  return all;
}

nb::dict dict_of(const LearnedLimits& row) {
  nb::dict all;
  all["endpoint"] = row.endpoint;
  all["model"] = row.model;
  all["requests"] = dict_of(row.requests);
  all["tokens"] = dict_of(row.tokens);
  all["input_tokens"] = dict_of(row.input_tokens);
  all["output_tokens"] = dict_of(row.output_tokens);
  all["wait"] = duration<double>(row.wait).count();
  all["wants_max_completion_tokens"] = row.wants_max_completion_tokens;
  all["wants_no_temperature"] = row.wants_no_temperature;
  return all;
}

nb::dict dict_of(const pace::GrantedLease& granted) {
  nb::dict all;
  all["requests"] = granted.lease.requests;
  all["tokens"] = granted.lease.tokens;
  all["concurrency"] = granted.lease.max_concurrency;
  all["fresh"] = granted.lease.fresh;
  all["seconds"] = duration<double>(granted.lasts).count();
  all["renew_in"] = duration<double>(granted.renew_in).count();
  return all;
}

/// A book that is told the time by Python, in seconds of any clock; one that goes back stands still. Guarded by the GIL.
class Book {
 public:
  Book(std::size_t concurrency, bool restarted) : book_(concurrency, restarted) {}

  nb::dict renew(const std::string& worker, const nb::dict& demand, const std::optional<nb::dict>& held, double now) {
    std::optional<Lease> lease;
    if (held) lease = lease_of(*held);
    return dict_of(book_.renew(worker, demand_of(demand), lease, time(now)));
  }
  void leave(const std::string& worker, double now) { book_.leave(worker, time(now)); }

 private:
  pace::time_point time(double seconds) {
    constexpr double most = 1e9;  // what nanoseconds can hold, and some thirty years
    const auto given = duration<double>(seconds > 0 ? std::min(seconds, most) : 0);
    now_ = std::max(now_, pace::time_point(std::chrono::duration_cast<pace::time_point::duration>(given)));
    return now_;
  }

  pace::LeaseBook book_;
  pace::time_point now_;
};

}  // namespace

Lease lease_of(const nb::dict& given) {
  Settings settings(given, "a lease");
  Lease lease;
  settings.take("requests", lease.requests);
  settings.take("tokens", lease.tokens);
  settings.take("concurrency", lease.max_concurrency);
  settings.take("fresh", lease.fresh);
  settings.pop("seconds");
  settings.pop("renew_in");
  settings.done();
  return lease;
}

std::vector<LearnedLimits> limits_of(const nb::list& given) {
  std::vector<LearnedLimits> all;
  for (const auto row : given) all.push_back(row_of(as_dict(row)));
  return all;
}

std::chrono::milliseconds milliseconds_of(double seconds) {
  return std::chrono::milliseconds(seconds > 0 ? static_cast<std::int64_t>(std::min(seconds, day) * 1000) : 0);
}

nb::dict dict_of(const LeaseDemand& demand) {
  nb::dict all;
  all["requests"] = demand.requests;
  all["tokens"] = demand.tokens;
  all["concurrency"] = demand.concurrency;
  all["in_flight"] = demand.in_flight;
  return all;
}

nb::list list_of(const std::vector<LearnedLimits>& limits) {
  nb::list rows;
  for (const auto& row : limits) rows.append(dict_of(row));
  return rows;
}

void bind_lease(nb::module_& module) {
  module.def("newer_limits", [](const nb::dict& known, const nb::dict& told) {
    return dict_of(pace::newer(row_of(known), row_of(told)));
  });
  nb::class_<Book>(module, "LeaseBook")
      .def(nb::init<std::size_t, bool>(), nb::arg("concurrency") = 0, nb::arg("restarted") = false)
      .def("renew", &Book::renew, nb::arg("worker"), nb::arg("demand"), nb::arg("held").none(), nb::arg("now"))
      .def("leave", &Book::leave, nb::arg("worker"), nb::arg("now"));
}

}  // namespace headway::python
