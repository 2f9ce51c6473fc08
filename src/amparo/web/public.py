from starlette.responses import Response
def routes(): return []
def error_page(request, status, error): return Response(str(error), status)
