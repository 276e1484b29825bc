#include "pacing/cluster/case.hpp"

namespace headway::pacing {
namespace {

struct Kind {
  std::string name;
  Enforced enforced;
  double per_minute;
};

ClusterCase make(const Kind& kind, bool told, std::size_t workers, Load load) {
  ClusterCase made;
  made.name = kind.name + (told ? ", told" : ", headers");
  made.plan.limits = {LimitPlan(Counts::requests, kind.enforced, kind.per_minute)};
  made.plan.provider.headers = made.plan.provider.retry_after = !told;
  made.plan.minutes = kind.per_minute >= 1'000'000 ? 1 : 2.5;
  made.told = told;
  made.workers = workers;
  made.load = load;
  return made;
}

}  // namespace

const std::vector<ClusterCase>& all_cluster_cases() {
  static const auto cases = [] {
    const Kind bucket{"bucket of 6,000 a minute", Enforced::bucket, 6'000};
    const Kind fifty{"slices of 50 a second", Enforced::slices, 3'000};
    const Kind thousand{"slices of 1,000 a second", Enforced::slices, 60'000};
    const Kind million{"slices of 16,667 a second", Enforced::slices, 1'000'000};
    std::vector<ClusterCase> all;
    for (const auto& kind : {bucket, fifty, thousand}) {
      for (const bool told : {false, true}) {
        for (const std::size_t workers : {1U, 3U, 10U, 100U, 1000U})
          all.push_back(make(kind, told, workers, Load::full));
        for (const std::size_t workers : {3U, 10U, 100U}) all.push_back(make(kind, told, workers, Load::changing));
        for (const std::size_t workers : {3U, 10U, 100U}) all.push_back(make(kind, told, workers, Load::dying));
      }
    }
    for (const bool told : {false, true}) {
      for (const std::size_t workers : {10U, 100U, 1000U}) all.push_back(make(million, told, workers, Load::full));
    }
    return all;
  }();
  return cases;
}

}  // namespace headway::pacing
