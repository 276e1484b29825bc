#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>

namespace headway::call {

class Call;
struct CallRequest;

/// The requests in flight that identical calls share, by what makes them identical.
class Flights {
 public:
  /// Equal for requests that would have the same answer, or fail in the same way. Has the key in it: for memory only.
  static std::string key(const CallRequest& request);

  std::shared_ptr<Call> find(const std::string& key) const;
  void insert(const std::string& key, const std::shared_ptr<Call>& flight) { flights_[key] = flight; }
  /// Nothing if another one has that key by now.
  void erase(const std::string& key, const Call& flight);
  std::size_t size() const { return flights_.size(); }

 private:
  std::map<std::string, std::weak_ptr<Call>> flights_;
};

}  // namespace headway::call
