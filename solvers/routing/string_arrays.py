"""Arrays for compiled loops that do not count who holds them."""

from typing import Any, cast

from numba.core import cgutils, types
from numba.extending import intrinsic


@cast("Any", intrinsic)  # type: ignore[untyped-decorator]
def bare(_: Any, arrays: Any) -> Any:  # noqa: ANN401 - types and code as Numba asks for them
    """Return a named tuple with the same arrays, as ones that belong to nobody.

    Compiled code counts references to arrays at every call, which took most of the time of a
    search; for bare ones it need not. Whoever calls must hold the arrays meanwhile.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ANN401
        whole = values[0]
        for number, kind in enumerate(signature.args[0].types):
            if isinstance(kind, types.Array):
                part = builder.extract_value(whole, number)
                view = context.make_array(kind)(context, builder, part)
                for owner in ("meminfo", "parent"):
                    nobody = cast("Any", cgutils).get_null_value(getattr(view, owner).type)
                    setattr(view, owner, nobody)
                whole = builder.insert_value(whole, view._getvalue(), number)  # noqa: SLF001
        return whole

    return arrays(arrays), generate
