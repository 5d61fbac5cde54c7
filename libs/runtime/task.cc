#include "libs/runtime/task.h"
