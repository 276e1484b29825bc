#pragma once

#include <string>
#include <vector>

#include <headway/client_stats.hpp>
#include <headway/model_spend.hpp>

namespace headway::call {

/// In Prometheus's text format, 0.0.4. What is not known has no line.
std::string prometheus_text(const ClientStats& stats, const std::vector<ModelSpend>& spend);

}  // namespace headway::call
