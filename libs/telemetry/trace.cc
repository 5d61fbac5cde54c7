#include "libs/telemetry/trace.h"
