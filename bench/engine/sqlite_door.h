/* The one door to SQLite: the stores of results and of prices come in here, nobody else. */
#ifndef CM_ENGINE_SQLITE_DOOR_H
#define CM_ENGINE_SQLITE_DOOR_H

#include <sqlite3.h>

#endif
